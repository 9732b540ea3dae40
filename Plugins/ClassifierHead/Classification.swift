public import Layers
public import TensorCore
public import VAECore

/// Cross-entropy: -log p(label | features) in nats, by a head on features of the observations.
///
/// What the features are decides the form: ``FrozenFeatures`` of ``CodeFeatures`` trains the head
/// alone, ``CodeFeatures`` the encoder with it. Reported beside the loss: "accuracy", the share of
/// examples whose most probable class is their label.
public struct Classification<Features: FeatureExtractor>: Objective {
  public let features: Features
  public let head: ClassifierHead

  public init(_ features: Features, head: ClassifierHead) {
    precondition(
      features.featureCount == head.featureCount,
      "the head reads \(head.featureCount) features, not \(features.featureCount)")
    self.features = features
    self.head = head
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["features": features, "head": head]
  }

  /// The log-odds of the classes in use: `[batch, classCount]`.
  public func logits(of x: Features.Observation) -> Tensor {
    var context = Context.inference()
    return head(features(x, &context), &context).value
  }

  public func validate(_ batch: Batch<Features.Observation>) throws(ObservationError) {
    try features.validate(batch.observations)
    guard let labels = batch.labels?.integers else {
      throw ObservationError("the data has no labels to learn from; give labelled data")
    }
    if let wrong = labels.first(where: { !(0..<Int32(head.classCount)).contains($0) }) {
      throw ObservationError(
        "the label \(wrong) is none of the \(head.classCount) classes, which count from 0")
    }
  }

  public func loss(
    on batch: Batch<Features.Observation>, _ context: inout Context
  ) -> Loss {
    let (negative, accuracy) = crossEntropy(on: batch, &context)
    var loss = Loss(total: negative.mean(), terms: ["accuracy": accuracy])
    loss.collect(from: &context)
    return loss
  }

  /// -log p of each label in nats, and 1 where it is the most probable: `[batch]` each.
  func crossEntropy(
    on batch: VAECore.Batch<Features.Observation>, _ context: inout Context
  ) -> (Variable, accuracy: Tensor) {
    guard let labels = batch.labels else {
      preconditionFailure("a classifier's loss needs labels; validate the batch first")
    }
    let logits = head(features(batch.observations, &context), &context)
    let chosen = logits.value.maximum(along: 1).index.integers
    let hits = zip(chosen, labels.integers).map { $0 == $1 ? 1 as Float : 0 }
    return (-logits.categoricalLogProbability(of: labels), Tensor(hits, shape: [hits.count]))
  }
}
