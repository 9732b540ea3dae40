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
  private let pullback: Pullback?
  /// The numbers as products read them in mixed precision, once they were asked for.
  private var rounded: Tensor?
  /// The format in which products of this variable read their operands.
  private(set) var productFormat: DType
  /// Where a walk along the tape has put this node; -1 outside of walks.
  private var position = -1

  /// How gradients get from a result to what it was computed from.
  private enum Pullback {
    /// From the gradient of the result to those of the inputs.
    case one((Tensor) -> [Tensor?])
    /// From the gradients of all results, of which this is the first.
    case first(([Tensor?]) -> [Tensor?], resultCount: Int)
    /// This is result `index`: its gradient goes through the pullback of the first one, its only input.
    case further(index: Int, resultCount: Int)
  }

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
  /// hold tensors, never variables.
  public convenience init(
    _ value: Tensor, inputs: [Variable], pullback: @escaping (Tensor) -> [Tensor?]
  ) {
    self.init(value, inputs, .one(pullback))
  }

  /// The results of a primitive that has several.
  ///
  /// `pullback` maps their gradients, nil for a result that nothing depends on, to those of the inputs. It is called once for
  /// all results.
  static func results(
    _ values: [Tensor], inputs: [Variable], pullback: @escaping ([Tensor?]) -> [Tensor?]
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
    let same = Variable(value, inputs: [self]) { g in [g] }
    same.productFormat = .bfloat16
    same.rounded = rounded
    return same
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

// MARK: - Gradients

extension Variable {
  /// The gradient of this scalar with respect to each target; nil where no path connects them.
  public func gradient(withRespectTo targets: [Variable]) -> [Tensor?] {
    precondition(shape.count == 1, "a gradient starts from a scalar, not from \(shape)")
    return gradient(withRespectTo: targets, seed: Tensor(repeating: 1, shape: shape, dtype: dtype))
  }

  /// The product of `seed`, shaped like this variable, with the Jacobian for each target.
  public func gradient(withRespectTo targets: [Variable], seed: Tensor) -> [Tensor?] {
    precondition(seed.shape == shape, "the seed is \(seed.shape), the variable \(shape)")
    guard requiresGradient else { return targets.map { _ in nil } }
    let nodes = nodesAbove()
    defer { for node in nodes { node.position = -1 } }
    var gradients = [Tensor?](repeating: nil, count: nodes.count)
    var isWanted = [Bool](repeating: false, count: nodes.count)
    for target in targets where target.position >= 0 { isWanted[target.position] = true }
    gradients[position] = seed
    // Of results beside a first one, at its position.
    var gathered: [Int: [Tensor?]] = [:]
    for node in nodes.sorted(by: { $0.depth > $1.depth }) {
      guard let pullback = node.pullback else { continue }
      let gradient = gradients[node.position]
      if !isWanted[node.position] { gradients[node.position] = nil }
      let parts: [Tensor?]
      switch pullback {
      case .one(let pullback):
        guard let gradient else { continue }
        parts = pullback(gradient)
      case .first(let pullback, let count):
        var all =
          gathered.removeValue(forKey: node.position) ?? Array(repeating: nil, count: count)
        all[0] = gradient
        guard all.contains(where: { $0 != nil }) else { continue }
        parts = pullback(all)
      case .further(let index, let count):
        gathered[node.inputs[0].position, default: Array(repeating: nil, count: count)][index] =
          gradient
        continue
      }
      for (input, part) in zip(node.inputs, parts) {
        guard let part, input.requiresGradient else { continue }
        if let sum = gradients[input.position] {
          gradients[input.position] = sum + part
        } else {
          gradients[input.position] = part
        }
      }
    }
    return targets.map { $0.position < 0 ? nil : gradients[$0.position] }
  }

  /// This node and all that it was computed from, each with its position in the list.
  private func nodesAbove() -> [Variable] {
    position = 0
    var nodes = [self]
    var next = 0
    while next < nodes.count {
      for input in nodes[next].inputs where input.requiresGradient && input.position < 0 {
        input.position = nodes.count
        nodes.append(input)
      }
      next += 1
    }
    return nodes
  }
}
