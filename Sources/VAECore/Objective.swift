public import Layers
public import TensorCore

/// What is minimized: a model together with the loss it is trained by.
///
/// The trainer asks nothing else, so that a VAE, a classifier and whatever comes next share it. The
/// part named "model" is what a file of weights holds; parts beside it, such as a discriminator,
/// only serve training.
public protocol Objective<Batch>: Module {
  /// What one training step sees.
  associatedtype Batch
  /// The loss on a batch at optimizer step `step`, counted from 0.
  func loss(on batch: Batch, step: Int, _ context: inout Context) -> Loss
  /// The step from which the loss no longer changes with the step, such as the end of a warm-up.
  ///
  /// Validation losses are those that hold from this step on. Epochs that end before it are not
  /// compared: the newest weights are kept as the best, and nothing stops early.
  var settledStep: Int { get }
  /// The numbers by which the loss changes with the step, such as a weight that is warming up, at
  /// optimizer step `step`: the same names at every step.
  ///
  /// A loss that depends on the step through these alone, and reads them as
  /// `context.scheduledNumber(name, else: value)`, is captured while they change, since they are an
  /// input of the step; one that states none is captured from ``settledStep`` on. An objective
  /// around another one passes the other's on.
  func scheduledNumbers(at step: Int) -> [String: Double]
  /// Throws where the model gives a batch no meaning; training asks once about every batch.
  func validate(_ batch: Batch) throws(ObservationError)
  /// Parameters that are trained ahead of the others; nil where all are trained together.
  var innerTraining: InnerTraining? { get }
}

extension Objective {
  /// Zero: the loss depends on the batch alone.
  public var settledStep: Int { 0 }

  /// None: what changes before ``settledStep`` is not said.
  public func scheduledNumbers(at step: Int) -> [String: Double] { [:] }

  /// Accepts every batch.
  public func validate(_ batch: Batch) throws(ObservationError) {}

  /// Nil: all parameters are trained together.
  public var innerTraining: InnerTraining? { nil }
}

/// The quantity to minimize and the named terms that are reported.
public struct Loss {
  /// A scalar, averaged over the batch; its gradient trains the model.
  public var total: Variable
  /// Reported values by name, such as "reconstruction" and "kl": `[batch]` each, in nats an
  /// example, in the order they are shown.
  public var terms: [(key: String, value: Tensor)]

  /// A loss with its reported terms.
  public init(total: Variable, terms: KeyValuePairs<String, Tensor>) {
    self.total = total
    self.terms = Array(terms)
  }
}
