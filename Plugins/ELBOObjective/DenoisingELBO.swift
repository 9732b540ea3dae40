public import Layers
public import TensorCore
public import VAECore

/// The evidence lower bound of clean observations, whose codes come from damaged ones.
///
/// The model learns to tell what was there before the damage. While it is used, or validated,
/// nothing is damaged on top of what the data shows.
///
/// - Source: Im, Ahn, Memisevic and Bengio, "Denoising Criterion for Variational Auto-Encoding
///   Framework", arXiv:1511.06406, equation 7, with one sample of the damage.
public struct DenoisingELBO<Model: LatentModel>: Objective
where Model.Observation == Tensor {
  /// The bound of the clean observations.
  public let bound: ELBO<Model>
  /// The damage done to what the encoder sees in training.
  public let corruption: Corruption

  public init(_ bound: ELBO<Model>, corruption: Corruption) {
    self.bound = bound
    self.corruption = corruption
  }

  public var parts: KeyValuePairs<String, any ModulePart> { bound.parts }

  public var players: [Player] { bound.players }

  public func validate(_ batch: Batch<Tensor>) throws(ObservationError) {
    if case .blur = corruption, batch.observations.shape.rank != 4 {
      throw ObservationError(
        "blur wants images, not observations \(batch.observations.shape.dropFirst()); choose noise "
          + "or masking")
    }
    try bound.validate(batch)
  }

  public func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let clean = batch.observations
    let seen = context.isTraining ? corruption(clean, using: &context.key) : clean
    return bound.loss(of: clean, seeing: seen, &context)
  }
}
