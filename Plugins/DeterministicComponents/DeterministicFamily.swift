public import ComponentRegistry
internal import Layers
internal import TensorCore
internal import VAECore

// The settings say what they are.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What an output without a density is made of.
public struct PointOptions: ComponentOptions, Hashable {
  @Setting("What values the decoder's numbers stand for: themselves, or numbers in [0, 1].")
  public var output = PointLikelihood.Values.sigmoid

  public init() {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// What a penalty with a weight alone is made of.
public struct WeightOptions: ComponentOptions, Hashable {
  @Setting("What it costs.", .notNegative)
  public var weight = 1e-3

  public init() {}
}

private struct PosteriorOptions: ComponentOptions {
  @Setting("How the first weights of its linear map are drawn.")
  var initializer = Initializer.pytorch
}

extension Family {
  /// Codes and outputs without densities, and what keeps such models regular.
  public static let deterministic = Family { registry in
    registry.add(
      .posterior, "point",
      "one code of each observation: an autoencoder that is no variational one",
      PosteriorOptions()
    ) { options, assembly, key in
      PointPosterior(
        featureCount: try assembly[.featureCount], latentCount: try assembly[.codeShape].count,
        initializer: options.initializer, using: &key)
    }
    registry.add(
      .likelihood(of: Tensor.self), "point",
      "one observation of each code, without a density: trained by a distance or by a judge",
      PointOptions()
    ) { options, _, _ in PointLikelihood(output: options.output) }
    registry.add(
      .penalty, "code-size", "half the squared length of codes: RAE", WeightOptions()
    ) { options, _, _ in CodeSize(weight: options.weight) }
    registry.add(
      .penalty, "decoder-weights", "half the squared size of the decoder's weights: RAE-L2",
      WeightOptions { $0.weight = 1e-6 }
    ) { options, _, _ in DecoderWeights(weight: options.weight) }
    registry.add(
      .penalty.of(Tensor.self), "decoder-slope",
      "half the squared slope of the decoder at the codes: RAE-GP", WeightOptions()
    ) { options, _, _ in DecoderSlope(weight: options.weight) }
    for preset in presets { registry.add(preset) }
  }

  private static func preset(
    _ name: String, _ summary: String, source: String, _ penalties: String
  ) -> Preset {
    Preset(
      name, "convolutions, 16 codes that are points, \(summary)", source: source,
      """
      latent: 16
      encoder: {name: conv, hidden: [256]}
      posterior: point
      decoder: {name: conv, hidden: [256]}
      likelihood: {name: point, output: sigmoid}
      objective: {name: reconstruction, penalties: {squared-error: {weight: 2}, \(penalties)}}
      trainer: {epochs: 20}
      """)
  }

  private static let presets = [
    Preset(
      "ae-mlp", "MLP 784-128-64-32 and back, no distribution of codes",
      source: "the autoencoder of many tutorials; Hinton and Salakhutdinov, Science 313, 2006",
      """
      latent: 32
      encoder: {name: mlp, hidden: [128, 64]}
      posterior: point
      decoder: {name: mlp, hidden: [64, 128]}
      objective: reconstruction
      trainer: {epochs: 20}
      """),
    preset(
      "rae-l2", "their length and the decoder's weights kept small",
      source:
        "Ghosh et al., arXiv:1903.12436, equation 8 with an L2 penalty; weights as in its appendix",
      "code-size: {weight: 2e-4}, decoder-weights: {weight: 2e-6}"),
    preset(
      "rae-gp", "their length and the decoder's slope kept small",
      source:
        "Ghosh et al., arXiv:1903.12436, equation 8 with a gradient penalty; weights as in its appendix",
      "code-size: {weight: 2e-4}, decoder-slope: {weight: 2e-6}"),
    Preset(
      "denoising-ae", "MLP 784-400-32, points of noisy images tell the clean ones",
      source: "Vincent et al., ICML 2008, with Gaussian noise of deviation 0.3",
      """
      latent: 32
      encoder: {name: mlp, hidden: [400]}
      posterior: point
      decoder: {name: mlp, hidden: [400]}
      objective: {name: denoising, objective: reconstruction}
      trainer: {epochs: 20}
      """),
  ]
}
