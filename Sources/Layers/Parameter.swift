public import TensorCore

/// Numbers a model owns: trained (a weight), or kept beside the training (a running mean).
///
/// A parameter has identity; its value changes as training goes on. It belongs to one task at a
/// time: what crosses tasks is its ``value``.
public final class Parameter {
  /// Whether training changes it through gradients; false for buffers such as running means.
  public let isTrainable: Bool
  /// The leaf of every tape this parameter takes part in while its value stands.
  private(set) var leaf: Variable

  /// A parameter with its first value.
  public init(_ value: Tensor, isTrainable: Bool = true) {
    self.isTrainable = isTrainable
    leaf = Variable(value, requiresGradient: isTrainable)
  }

  /// The numbers now.
  ///
  /// A new value keeps the shape.
  public var value: Tensor {
    get { leaf.value }
    set {
      precondition(
        newValue.shape == leaf.shape, "a parameter of \(leaf.shape) cannot become \(newValue.shape)"
      )
      leaf = Variable(newValue, requiresGradient: isTrainable)
    }
  }

  /// Changes the numbers in place; tapes that still hold them keep the old ones.
  public func update<R>(_ body: (inout Tensor) -> R) -> R {
    var value = leaf.value
    leaf = Parameter.emptyLeaf(requiresGradient: isTrainable)
    defer { leaf = Variable(value, requiresGradient: isTrainable) }
    return body(&value)
  }

  /// Changes the numbers of several parameters together, in place; tapes that still hold them keep
  /// the old ones.
  public static func update<R>(_ parameters: [Parameter], _ body: (inout [Tensor]) -> R) -> R {
    var values = parameters.map(\.leaf.value)
    for parameter in parameters {
      parameter.leaf = emptyLeaf(requiresGradient: parameter.isTrainable)
    }
    defer {
      for (parameter, value) in zip(parameters, values) {
        parameter.leaf = Variable(value, requiresGradient: parameter.isTrainable)
      }
    }
    return body(&values)
  }

  // Lets go of the storage, so that the value above is its only holder.
  private static func emptyLeaf(requiresGradient: Bool) -> Variable {
    Variable(Tensor(shape: [0], filling: { _ in }), requiresGradient: requiresGradient)
  }

  /// The sizes of the axes.
  public var shape: Shape { leaf.shape }

  /// The number of elements.
  public var count: Int { leaf.value.count }
}

@available(*, unavailable)
extension Parameter: Sendable {}

extension Variable {
  /// The gradient of this scalar with respect to parameters; nil where no path connects them.
  public func gradient(withRespectTo parameters: [Parameter]) -> [Tensor?] {
    gradient(withRespectTo: parameters.map(\.leaf))
  }
}
