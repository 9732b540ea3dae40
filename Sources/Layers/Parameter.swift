public import TensorCore

/// Numbers a model owns: trained (a weight), or kept beside the training (a running mean).
///
/// A parameter has identity; its value changes as training goes on. It belongs to one task at a
/// time: what crosses tasks is its ``value``.
public final class Parameter {
  /// Whether training changes it through gradients; false for buffers such as running means.
  public let isTrainable: Bool
  private var tensor: Tensor
  private var tapeLeaf: Variable?

  /// A parameter with its first value.
  public init(_ value: Tensor, isTrainable: Bool = true) {
    self.isTrainable = isTrainable
    tensor = value
  }

  /// The leaf of every tape this parameter takes part in while its value stands.
  var leaf: Variable {
    if let tapeLeaf { return tapeLeaf }
    let leaf = Variable(tensor, requiresGradient: isTrainable)
    tapeLeaf = leaf
    return leaf
  }

  /// The numbers now.
  ///
  /// A new value keeps the shape.
  public var value: Tensor {
    get { tensor }
    set {
      precondition(
        newValue.shape == shape, "a parameter of \(shape) cannot become \(newValue.shape)")
      tapeLeaf = nil
      tensor = newValue
    }
  }

  /// Changes the numbers in place; tapes that still hold them keep the old ones.
  public func update<R>(_ body: (inout Tensor) -> R) -> R {
    // Lets go of the storage, so that the tensor is its only holder.
    tapeLeaf = nil
    return body(&tensor)
  }

  /// The sizes of the axes.
  public var shape: Shape { tensor.shape }

  /// The number of elements.
  public var count: Int { tensor.count }
}

@available(*, unavailable)
extension Parameter: Sendable {}

extension Variable {
  /// The gradient of this scalar with respect to parameters; nil where no path connects them.
  public func gradient(withRespectTo parameters: [Parameter]) -> [Tensor?] {
    gradient(withRespectTo: parameters.map(\.leaf))
  }
}
