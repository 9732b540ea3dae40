public import Layers
internal import TensorCore
public import VAECore

/// A model's own objective and a classifier on its features, trained together: loss + weight ×
/// cross-entropy.
///
/// Reported are the objective's own terms, "cross_entropy" in nats an example, and "accuracy". The
/// features' parameters have to be among the objective's. The head is trained by the objective's
/// first player, and with it whoever else would go ahead: a classifier is no cure of a lagging
/// encoder.
///
/// - Source: the supervised term is α of Kingma, Rezende, Mohamed and Welling, "Semi-supervised
///   Learning with Deep Generative Models", arXiv:1406.5298, equation 9.
public struct JointClassification<Base: Objective, Features: FeatureExtractor>: Objective
where Base.Batch == Batch<Features.Observation> {
  public let base: Base
  public let classification: Classification<Features>
  /// How much a nat of cross-entropy counts.
  public let weight: Double

  public init(_ base: Base, with classification: Classification<Features>, weight: Double = 1) {
    self.base = base
    self.classification = classification
    self.weight = weight
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["objective": base, "head": classification.head]
  }

  public var players: [Player] {
    let (ahead, others) = (
      base.players.filter { $0.measure != nil }, base.players.filter { $0.measure == nil }
    )
    let joining = ahead.flatMap(\.parameters) + classification.head.namedParameters.map(\.parameter)
    return others.enumerated().map { place, player in
      var player = player
      if place == 0 { player.parameters += joining }
      return player
    }
  }

  public var monitored: Monitored { base.monitored }

  public func validate(_ batch: Base.Batch) throws(ObservationError) {
    try base.validate(batch)
    try classification.validate(batch)
  }

  public func loss(on batch: Base.Batch, _ context: inout Context) -> Loss {
    var loss = base.loss(on: batch, &context)
    guard context.player == nil || context.player == base.players.first?.name else { return loss }
    let (negative, accuracy) = classification.crossEntropy(on: batch, &context)
    loss.total = loss.total + negative.mean() * weight
    loss.terms += [("cross_entropy", negative.value), ("accuracy", accuracy)]
    return loss
  }
}
