public import Layers
public import TensorCore

/// What is minimized: a model together with the loss it is trained by.
///
/// The trainer asks nothing else, so that a VAE, a classifier and whatever comes next share it.
public protocol Objective<Batch>: Module {
  /// What one training step sees.
  associatedtype Batch
  /// The loss on a batch at optimizer step `step`, counted from 0.
  func loss(on batch: Batch, step: Int, _ context: inout Context) -> Loss
}

/// The quantity to minimize and the named terms that are reported.
public struct Loss {
  /// A scalar, averaged over the batch; its gradient trains the model.
  public var total: Variable
  /// Reported values by name, such as "reconstruction" and "kl": `[batch]` each, in nats an example.
  public var terms: KeyValuePairs<String, Tensor>

  /// A loss with its reported terms.
  public init(total: Variable, terms: KeyValuePairs<String, Tensor>) {
    self.total = total
    self.terms = terms
  }
}
