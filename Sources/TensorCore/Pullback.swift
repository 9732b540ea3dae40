/// How gradients get from the results of a primitive to what they were computed from.
enum Pullback {
  /// From the gradient of the result to those of the inputs, as numbers or as variables.
  case one((Pull<Tensor, Variable>) -> Pulled)
  /// From the gradients of all results, of which this is the first.
  case first((Pull<[Tensor?], [Variable?]>) -> Pulled, resultCount: Int)
  /// This is result `index`: its gradient goes through the pullback of the first one, its only input.
  case further(index: Int, resultCount: Int)
  /// Stated once, in variables, for numbers too.
  case formula((_ gradient: Variable, _ inputs: [Variable], _ result: Variable) -> [Variable?])
  /// Numbers alone: asked for variables it says by its name who it is.
  case numbersOnly((Tensor) -> [Tensor?], name: String)
}

/// The gradients of a primitive's inputs, nil for one that needs none.
enum Pulled {
  case numbers([Tensor?])
  case variables([Variable?])
}

/// What a pullback is asked for: gradients as numbers, or as variables that can be differentiated in turn.
///
/// A primitive answers with two rules side by side, the second in operations of variables. They are not kept apart from the
/// pullback around them, so that a primitive which is differentiated once pays nothing for the second.
enum Pull<Numbers, Variables> {
  case numbers(Numbers)
  case variables(Variables, PulledNode)

  func callAsFunction(
    _ numbers: (Numbers) -> [Tensor?], again: (Variables, PulledNode) -> [Variable?]
  ) -> Pulled {
    switch self {
    case .numbers(let gradient): .numbers(numbers(gradient))
    case .variables(let gradient, let node): .variables(again(gradient, node))
    }
  }
}

/// A primitive's use, as the rule in variables sees it.
struct PulledNode {
  let inputs: [Variable]
  /// The first result.
  let result: Variable
  /// Which inputs lead to what is differentiated.
  let wants: [Bool]
}

/// What a walk along the tape carries: numbers, or variables where the walk itself enters a tape.
protocol Cotangent {
  static func + (a: Self, b: Self) -> Self
  /// The gradients of what `node` was computed from.
  static func pull(_ gradient: Self, through pullback: Pullback, of node: Variable, wants: [Bool])
    -> [Self?]
  /// The same for the first of several results.
  static func pull(
    _ gradients: [Self?], through pullback: (Pull<[Tensor?], [Variable?]>) -> Pulled,
    of node: Variable, wants: [Bool]
  ) -> [Self?]
}

extension Tensor: Cotangent {
  static func pull(
    _ gradient: Tensor, through pullback: Pullback, of node: Variable, wants: [Bool]
  ) -> [Tensor?] {
    switch pullback {
    case .one(let pullback): return pullback(.numbers(gradient)).tensors
    case .numbersOnly(let pullback, _): return pullback(gradient)
    case .formula(let formula):
      return formula(Variable(gradient), node.inputs.map(\.detached), node.detached)
        .map { $0?.value }
    case .first, .further: preconditionFailure("several results are pulled together")
    }
  }

  static func pull(
    _ gradients: [Tensor?], through pullback: (Pull<[Tensor?], [Variable?]>) -> Pulled,
    of node: Variable, wants: [Bool]
  ) -> [Tensor?] {
    pullback(.numbers(gradients)).tensors
  }
}

extension Variable: Cotangent {
  static func pull(
    _ gradient: Variable, through pullback: Pullback, of node: Variable, wants: [Bool]
  ) -> [Variable?] {
    switch pullback {
    case .one(let pullback):
      return pullback(
        .variables(gradient, PulledNode(inputs: node.inputs, result: node, wants: wants))
      ).variables
    case .formula(let formula): return formula(gradient, node.inputs, node)
    case .numbersOnly(_, let name):
      // Not a precondition: those say nothing in optimized code.
      fatalError("there is no gradient of the gradient of \(name)")
    case .first, .further: preconditionFailure("several results are pulled together")
    }
  }

  static func pull(
    _ gradients: [Variable?], through pullback: (Pull<[Tensor?], [Variable?]>) -> Pulled,
    of node: Variable, wants: [Bool]
  ) -> [Variable?] {
    pullback(.variables(gradients, PulledNode(inputs: node.inputs, result: node, wants: wants)))
      .variables
  }
}

extension Pulled {
  fileprivate var tensors: [Tensor?] {
    guard case .numbers(let tensors) = self else { preconditionFailure("numbers were asked for") }
    return tensors
  }

  fileprivate var variables: [Variable?] {
    guard case .variables(let variables) = self else {
      preconditionFailure("variables were asked for")
    }
    return variables
  }
}
