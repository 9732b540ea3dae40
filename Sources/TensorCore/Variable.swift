/// A tensor that remembers how it was computed.
///
/// Operations on variables record a tape; ``gradient(withRespectTo:)`` walks it backwards. A variable belongs
/// to one task: what crosses tasks is its ``value``.
public final class Variable {
  /// The sizes of the axes.
  public let shape: Shape
  /// The format of the elements.
  public let dtype: DType
  /// Nil once an operation has taken the numbers over.
  private var numbers: Tensor?
  /// Whether gradients flow to this variable.
  public let requiresGradient: Bool
  /// Longer than every input's, so that falling depth is an order in which to walk backwards.
  let depth: Int
  private(set) var inputs: [Variable]
  let pullback: Pullback?
  /// The numbers as products read them in mixed precision, once they were asked for.
  private var rounded: Tensor?
  /// The format in which products of this variable read their operands.
  private(set) var productFormat: DType
  /// Where a walk along the tape has put this node; -1 outside of walks.
  var position = -1

  /// A constant, or a leaf of the tape when `requiresGradient` is true.
  public init(_ value: Tensor, requiresGradient: Bool = false) {
    (shape, dtype, numbers) = (value.shape, value.dtype, value)
    productFormat = value.dtype
    self.requiresGradient = requiresGradient
    depth = 0
    inputs = []
    pullback = nil
  }

  /// The result of a primitive.
  ///
  /// `pullback` maps the gradient of the result to the gradients of the inputs, nil for an input that needs none. It may
  /// hold tensors, never variables. Such a result has no gradient of its gradient: that a pullback gives which is stated in
  /// variables, ``init(_:inputs:differentiablePullback:)``. Whoever asks for it is told by `name` which primitive has none.
  public convenience init(
    _ value: Tensor, inputs: [Variable], name: String = "a primitive whose pullback knows tensors",
    pullback: @escaping (Tensor) -> [Tensor?]
  ) {
    self.init(value, inputs, .numbersOnly(pullback, name: name))
  }

  /// The result of a primitive whose pullback is stated in operations of variables, and can so be differentiated in turn.
  ///
  /// `differentiablePullback` maps the gradient of the result, with the inputs and the result at hand, to the gradients of the
  /// inputs, nil for an input that nothing flows to. It is asked for numbers too, on constants, and holds no variables of its own.
  public convenience init(
    _ value: Tensor, inputs: [Variable],
    differentiablePullback:
      @escaping (
        _ gradient: Variable, _ inputs: [Variable], _ result: Variable
      ) -> [Variable?]
  ) {
    self.init(value, inputs, .formula(differentiablePullback))
  }

  /// The result of a primitive whose gradients are stated twice: on tensors, and in operations of variables.
  convenience init(
    _ value: Tensor, of inputs: [Variable], pullback: @escaping (Pull<Tensor, Variable>) -> Pulled
  ) {
    self.init(value, inputs, .one(pullback))
  }

  /// The results of a primitive that has several.
  ///
  /// `pullback` maps their gradients, nil for a result that nothing depends on, to those of the inputs. It is called once for
  /// all results.
  static func results(
    _ values: [Tensor], of inputs: [Variable],
    pullback: @escaping (Pull<[Tensor?], [Variable?]>) -> Pulled
  ) -> [Variable] {
    let first = Variable(values[0], inputs, .first(pullback, resultCount: values.count))
    let others = values.indices.dropFirst().map { index in
      Variable(values[index], [first], .further(index: index, resultCount: values.count))
    }
    return [first] + others
  }

  private init(_ value: Tensor, _ inputs: [Variable], _ pullback: Pullback) {
    (shape, dtype, numbers) = (value.shape, value.dtype, value)
    productFormat = value.dtype
    requiresGradient = inputs.contains { $0.requiresGradient }
    if requiresGradient {
      depth = 1 + inputs.reduce(0) { max($0, $1.depth) }
      self.inputs = inputs
      self.pullback = pullback
    } else {
      depth = 0
      self.inputs = []
      self.pullback = nil
    }
  }

  // A long tape is taken apart by a loop: one release inside the other would overflow the stack.
  deinit {
    guard depth > 1 else { return }
    var waiting = inputs
    inputs = []
    while var node = waiting.popLast() {
      if isKnownUniquelyReferenced(&node) {
        waiting.append(contentsOf: node.inputs)
        node.inputs = []
      }
    }
  }

  /// Whether no operation made this variable, or none that is recorded.
  var isLeaf: Bool { depth == 0 }

  /// The numbers; traps once an operation has taken them over, as
  /// ``categoricalLogProbability(of:lengths:)`` does to work in their place.
  public var value: Tensor {
    guard let numbers else {
      preconditionFailure(
        "the numbers of this variable \(shape) went into categoricalLogProbability; read them before"
      )
    }
    return numbers
  }

  /// The numbers, for an operation that works in their place; ``value`` traps from here on.
  func takeValue() -> Tensor {
    defer { numbers = nil }
    return value
  }

  /// The same numbers, cut off from the tape.
  public var detached: Variable { Variable(value) }
}

// MARK: - Mixed precision

extension Variable {
  /// The same variable, whose products read their operands in bfloat16 where the precision says so and this is float32.
  ///
  /// Products are still summed, and their results kept, in float32. `rounded` are the numbers in bfloat16 where somebody
  /// has them already.
  public func multiplying(in precision: Precision, rounded: Tensor? = nil) -> Variable {
    guard precision == .bfloat16 && dtype == .float32 else { return self }
    let same = Variable(value, of: [self]) { pull in
      pull { g in
        [g]
      } again: { g, _ in
        [g]
      }
    }
    same.productFormat = .bfloat16
    same.rounded = rounded
    return same
  }

  /// The same variable, whose products read their operands in `format`.
  func multiplying(as format: DType) -> Variable {
    format == .bfloat16 ? multiplying(in: .bfloat16) : self
  }

  /// The numbers in the format in which a product reads them.
  func operand(as format: DType) -> Tensor {
    if format == dtype { return value }
    if let rounded { return rounded }
    let copy = value.converted(to: format)
    rounded = copy
    return copy
  }
}

@available(*, unavailable)
extension Variable: Sendable {}
