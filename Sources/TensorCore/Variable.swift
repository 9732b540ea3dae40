/// A tensor that remembers how it was computed.
///
/// Operations on variables record a tape; ``gradient(withRespectTo:)`` walks it backwards. A variable belongs
/// to one task: what crosses tasks is its ``value``.
public final class Variable {
  /// The numbers.
  public internal(set) var value: Tensor
  /// Whether gradients flow to this variable.
  public let requiresGradient: Bool
  /// Longer than every input's, so that falling depth is an order in which to walk backwards.
  let depth: Int
  private(set) var inputs: [Variable]
  private(set) var pullback: ((Tensor) -> [Tensor?])?

  /// A constant, or a leaf of the tape when `requiresGradient` is true.
  public init(_ value: Tensor, requiresGradient: Bool = false) {
    self.value = value
    self.requiresGradient = requiresGradient
    depth = 0
    inputs = []
    pullback = nil
  }

  /// The result of a primitive.
  ///
  /// `pullback` maps the gradient of the result to the gradients of the inputs, nil for an input that needs none. It may
  /// hold tensors, never variables.
  public init(
    _ value: Tensor, inputs: [Variable], pullback: @escaping (Tensor) -> [Tensor?]
  ) {
    self.value = value
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

  /// The sizes of the axes.
  public var shape: Shape { value.shape }

  /// The format of the elements.
  public var dtype: DType { value.dtype }

  /// The same numbers, cut off from the tape.
  public var detached: Variable { Variable(value) }
}

@available(*, unavailable)
extension Variable: Sendable {}

// MARK: - Gradients

extension Variable {
  /// The gradient of this scalar with respect to each target; nil where no path connects them.
  public func gradient(withRespectTo targets: [Variable]) -> [Tensor?] {
    precondition(value.count == 1, "a gradient starts from a scalar, not from \(shape)")
    return gradient(withRespectTo: targets, seed: Tensor(repeating: 1, shape: shape, dtype: dtype))
  }

  /// The product of `seed`, shaped like this variable, with the Jacobian for each target.
  public func gradient(withRespectTo targets: [Variable], seed: Tensor) -> [Tensor?] {
    precondition(seed.shape == shape, "the seed is \(seed.shape), the variable \(shape)")
    guard requiresGradient else { return targets.map { _ in nil } }
    var gradients: [ObjectIdentifier: Tensor] = [ObjectIdentifier(self): seed]
    let wanted = Set(targets.map(ObjectIdentifier.init))
    for node in nodesByFallingDepth() {
      let id = ObjectIdentifier(node)
      guard let pullback = node.pullback else { continue }
      guard let gradient = wanted.contains(id) ? gradients[id] : gradients.removeValue(forKey: id)
      else { continue }
      for (input, part) in zip(node.inputs, pullback(gradient)) {
        guard let part, input.requiresGradient else { continue }
        let key = ObjectIdentifier(input)
        if let sum = gradients[key] { gradients[key] = sum + part } else { gradients[key] = part }
      }
    }
    return targets.map { gradients[ObjectIdentifier($0)] }
  }

  private func nodesByFallingDepth() -> [Variable] {
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
    var nodes = [self]
    var next = 0
    while next < nodes.count {
      for input in nodes[next].inputs where input.requiresGradient {
        if seen.insert(ObjectIdentifier(input)).inserted { nodes.append(input) }
      }
      next += 1
    }
    return nodes.sorted { $0.depth > $1.depth }
  }
}
