public import Layers
public import TensorCore
public import VAECore

/// The loss that the total of an objective stands for.
///
/// Most totals are their loss. A surrogate, such as a score-function estimator or a doubly
/// reparameterized one, has a value of its own, and on average the gradient of the loss that it
/// stands for.
public struct StatedLoss<O: Objective> {
  enum Form {
    case total
    case term(String, factor: Double)
    case function((O, O.Batch, inout Context) -> Variable)
  }

  let form: Form

  /// The total itself.
  public static var total: StatedLoss { StatedLoss(form: .total) }

  /// The mean over the batch of a reported term, times a factor, such as "elbo" times -1.
  ///
  /// It is the loss of the players that report the term; those that do not have their totals. At one
  /// key the term has to be smooth in the parameters: where draws are categories that jump, state a
  /// function that sums over them.
  public static func term(_ name: String, times factor: Double = 1) -> StatedLoss {
    StatedLoss(form: .term(name, factor: factor))
  }

  /// What `loss` makes of the objective and a batch for the player that the context names: a scalar,
  /// smooth in the parameters at one key.
  ///
  /// It may be exact, such as a sum over all codes, or another estimate of the same mean.
  public static func function(
    _ loss: @escaping (_ objective: O, _ batch: O.Batch, _ context: inout Context) -> Variable
  ) -> StatedLoss {
    StatedLoss(form: .function(loss))
  }

  /// Whether it is the total itself.
  var isTotal: Bool { if case .total = form { true } else { false } }
}
