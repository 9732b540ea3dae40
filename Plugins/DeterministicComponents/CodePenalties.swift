public import Layers
package import TensorCore
public import VAECore

/// Half the squared length of codes, ½ ‖z‖², which keeps them in one place.
///
/// Reported term: "code_size".
///
/// - Source: Ghosh et al., "From Variational to Deterministic Autoencoders", arXiv:1903.12436, equation 8.
public struct CodeSize: Penalty {
  /// β, what it costs.
  public let weight: Double

  public init(weight: Double) { self.weight = weight }

  public var name: String { "code_size" }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    Charge(name, perExample: walk.codes.squared().sumPerExample() * 0.5, weight: weight)
  }
}

/// Half the squared size of the decoder's weights, ½ ‖θ‖², as a weight decay of the decoder alone: the L2 of an RAE.
///
/// Reported term: "decoder_weights".
///
/// - Source: Ghosh et al., arXiv:1903.12436, section 3.1.
public struct DecoderWeights: Penalty {
  /// λ, what it costs.
  public let weight: Double

  public init(weight: Double) { self.weight = weight }

  public var name: String { "decoder_weights" }

  public func check(_ model: some LatentModel) throws(CompositionError) {
    guard !model.decoderParameters.isEmpty else {
      throw CompositionError(
        incompatible:
          "the size of a decoder's weights is to cost something, and this model has no part 'decoder' "
          + "with weights")
    }
  }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let sizes = walk.model.decoderParameters.map { context[$0].squared().sum() }
    let size = sizes.dropFirst().reduce(sizes[0]) { $0 + $1 } * 0.5
    return Charge(name, ofBatch: size, count: walk.count, weight: weight)
  }
}

/// Half the squared slope of the decoder at the codes, ½ ‖∂x̂/∂z‖², which makes neighbouring codes alike: the GP of an RAE.
///
/// The whole Jacobian has a row for each element of an observation; its squared size is that of one random combination of its rows
/// on average, by which it is told.
///
/// Reported term: "decoder_slope".
///
/// - Source: Ghosh et al., arXiv:1903.12436, section 3.1; Hutchinson, "A stochastic estimator of the trace", 1990.
public struct DecoderSlope: Penalty {
  /// λ, what it costs.
  public let weight: Double

  public init(weight: Double) { self.weight = weight }

  public var name: String { "decoder_slope" }

  public func check(_ model: some LatentModel) throws(CompositionError) {
    try model.requireTensors(for: "the slope of a decoder")
  }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let made = walk.pair(&context).made
    let direction = context.key.normal(made.shape, dtype: made.dtype)
    return Charge(
      name, perExample: slope(of: made, by: walk.sites.map(\.code), along: direction),
      weight: weight)
  }

  /// ½ ‖∂⟨made, direction⟩/∂z‖² of each example, `[batch]`.
  package func slope(
    of made: Variable, by codes: [Variable], along direction: Tensor
  ) -> Variable {
    let slopes = (made * Variable(direction)).sum().gradientVariables(withRespectTo: codes)
    let sizes = zip(slopes, codes).map { slope, code in
      (slope ?? code * 0).squared().flattenedPerExample().sumPerExample() * 0.5
    }
    return sizes.dropFirst().reduce(sizes[0]) { $0 + $1 }
  }
}
