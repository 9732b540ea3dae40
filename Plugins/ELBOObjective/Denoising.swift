public import Layers
public import TensorCore
public import VAECore

/// An objective of clean observations, whose codes come from damaged ones.
///
/// The model learns to tell what was there before the damage. While it is used, or validated,
/// nothing is damaged on top of what the data shows. A rival of the objective judges codes of what the model sees.
///
/// - Source: Vincent, Larochelle, Bengio and Manzagol, "Extracting and Composing Robust Features with Denoising Autoencoders",
///   ICML 2008; of a bound Im, Ahn, Memisevic and Bengio, "Denoising Criterion for Variational Auto-Encoding
///   Framework", arXiv:1511.06406, equation 7, with one sample of the damage.
public struct Denoising<Base: RestoringObjective>: Objective where Base.Observation == Tensor {
  /// The objective of the clean observations.
  public let base: Base
  /// The damage done to what the encoder sees in training.
  public let corruption: Corruption

  public init(_ base: Base, corruption: Corruption) {
    self.base = base
    self.corruption = corruption
  }

  public var parts: KeyValuePairs<String, any ModulePart> { base.parts }

  public var players: [Player] { base.players }

  public var monitored: Monitored { base.monitored }

  public func validate(_ batch: Batch<Tensor>) throws(ObservationError) {
    if case .blur = corruption, batch.observations.shape.rank != 4 {
      throw ObservationError(
        "blur wants images, not observations \(batch.observations.shape.dropFirst()); choose noise "
          + "or masking")
    }
    try base.validate(batch)
  }

  public func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let clean = batch.observations
    let seen = context.isTraining ? corruption(clean, using: &context.key) : clean
    return base.loss(of: clean, seeing: seen, &context)
  }
}
