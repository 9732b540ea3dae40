extension Variable {
  /// The gradient of this scalar with respect to each target; nil where no path connects them.
  public func gradient(withRespectTo targets: [Variable]) -> [Tensor?] {
    gradient(withRespectTo: targets, seed: seedOfScalar)
  }

  /// The product of `seed`, shaped like this variable, with the Jacobian for each target.
  public func gradient(withRespectTo targets: [Variable], seed: Tensor) -> [Tensor?] {
    precondition(seed.shape == shape, "the seed is \(seed.shape), the variable \(shape)")
    return walk(back: seed, to: targets)
  }

  /// The gradient of this scalar with respect to each target as a variable, which can be differentiated in turn; nil where no
  /// path connects them.
  ///
  /// With it a loss may hold a gradient, as a penalty on its size does:
  ///
  ///     let slope = critic(x).sum().gradientVariables(withRespectTo: [x])[0]
  ///
  /// Few primitives have no gradient of their gradient: the walk traps there, and names them.
  public func gradientVariables(withRespectTo targets: [Variable]) -> [Variable?] {
    gradientVariables(withRespectTo: targets, seed: Variable(seedOfScalar))
  }

  /// The product of `seed`, shaped like this variable, with the Jacobian for each target, as variables that depend on the seed
  /// and on all that this variable depends on.
  public func gradientVariables(
    withRespectTo targets: [Variable], seed: Variable
  ) -> [Variable?] {
    precondition(seed.shape == shape, "the seed is \(seed.shape), the variable \(shape)")
    return walk(back: seed, to: targets)
  }

  private var seedOfScalar: Tensor {
    precondition(shape.count == 1, "a gradient starts from a scalar, not from \(shape)")
    return Tensor(repeating: 1, shape: shape, dtype: dtype)
  }

  /// The gradients of the targets, from the results back to what they were computed from.
  private func walk<G: Cotangent>(back seed: G, to targets: [Variable]) -> [G?] {
    guard requiresGradient else { return targets.map { _ in nil } }
    let nodes = nodesAbove()
    defer { for node in nodes { node.position = -1 } }
    var gradients = [G?](repeating: nil, count: nodes.count)
    var isWanted = [Bool](repeating: false, count: nodes.count)
    for target in targets where target.position >= 0 { isWanted[target.position] = true }
    gradients[position] = seed
    // Of results beside a first one, at its position.
    var gathered: [Int: [G?]] = [:]
    let order = nodes.sorted { $0.depth > $1.depth }
    let leads = G.self == Variable.self ? Variable.leads(order, to: isWanted) : nil
    for node in order {
      guard let pullback = node.pullback, leads?[node.position] != false else { continue }
      let gradient = gradients[node.position]
      if !isWanted[node.position] { gradients[node.position] = nil }
      let wants =
        leads.map { leads in
          node.inputs.map { $0.requiresGradient && leads[$0.position] }
        } ?? []
      let parts: [G?]
      switch pullback {
      case .one, .formula, .numbersOnly:
        guard let gradient else { continue }
        parts = G.pull(gradient, through: pullback, of: node, wants: wants)
      case .first(let pullback, let count):
        var all =
          gathered.removeValue(forKey: node.position) ?? Array(repeating: nil, count: count)
        all[0] = gradient
        guard all.contains(where: { $0 != nil }) else { continue }
        parts = G.pull(all, through: pullback, of: node, wants: wants)
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

  /// Which nodes, given by falling depth, were computed from one that is wanted, or are wanted themselves.
  private static func leads(_ order: [Variable], to isWanted: [Bool]) -> [Bool] {
    var leads = isWanted
    for node in order.reversed() where !leads[node.position] {
      leads[node.position] = node.inputs.contains { $0.requiresGradient && leads[$0.position] }
    }
    return leads
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
