public import TensorCore

/// Images `[batch, height, width, channels]` brought to a size by repeating or leaving out pixels.
///
/// Pixel i of the result is pixel ⌊i · size / newSize⌋ of the image, along each axis.
public struct NearestResize: Layer {
  /// The new height.
  public let height: Int
  /// The new width.
  public let width: Int

  /// A layer to a height and a width.
  public init(height: Int, width: Int) {
    precondition(height > 0 && width > 0, "an image is not \(height) by \(width)")
    self.height = height
    self.width = width
  }

  /// The images at the layer's size.
  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    resized(resized(x, along: 1, to: height), along: 2, to: width)
  }

  private func resized(_ x: Variable, along axis: Int, to count: Int) -> Variable {
    let size = x.shape[axis]
    guard size != count else { return x }
    let source = (0..<count).map { Int32($0 * size / count) }
    return x.gathered(Tensor(source, shape: [count]), along: axis)
  }
}
