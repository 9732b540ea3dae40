public import TensorCore

/// Numbers a model owns: trained (a weight), or kept beside the training (a running mean).
///
/// A parameter has identity; its value changes as training goes on. It belongs to one task at a
/// time: what crosses tasks is its ``value``.
public final class Parameter {
  /// Whether training changes it through gradients; false for buffers such as running means.
  public let isTrainable: Bool
  private var tensor: Tensor
  /// The value in bfloat16, where it is kept.
  package private(set) var rounded: Tensor?
  private var tapeLeaf: Variable?
  private var roundedLeaf: Variable?

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

  /// The leaf, for products that read bfloat16.
  var leafForRoundedProducts: Variable {
    if let roundedLeaf { return roundedLeaf }
    let same = leaf.multiplying(in: .bfloat16, rounded: rounded)
    roundedLeaf = same
    return same
  }

  /// The numbers now.
  ///
  /// A new value keeps the shape.
  public var value: Tensor {
    get { tensor }
    set {
      precondition(
        newValue.shape == shape, "a parameter of \(shape) cannot become \(newValue.shape)")
      forgetLeaves()
      tensor = newValue
      if rounded != nil { keepRounded() }
    }
  }

  /// Changes the numbers in place; tapes that still hold them keep the old ones.
  public func update<R>(_ body: (inout Tensor) -> R) -> R {
    forgetLeaves()
    defer { if rounded != nil { keepRounded() } }
    return body(&tensor)
  }

  /// Changes the numbers and their copy in bfloat16 together, in place.
  package func update<R>(_ body: (_ value: inout Tensor, _ rounded: inout Tensor?) -> R) -> R {
    forgetLeaves()
    return body(&tensor, &rounded)
  }

  /// Keeps the value in bfloat16 too from now on, for products that read it so.
  package func keepRounded() { rounded = tensor.converted(to: .bfloat16) }

  // Lets go of the storage, so that this is its only holder.
  private func forgetLeaves() {
    tapeLeaf = nil
    roundedLeaf = nil
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

  /// The same as variables, which can be differentiated in turn.
  public func gradientVariables(withRespectTo parameters: [Parameter]) -> [Variable?] {
    gradientVariables(withRespectTo: parameters.map(\.leaf))
  }
}
