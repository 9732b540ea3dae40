import ComponentRegistry
import TensorCore
import VAECore

/// What the encoder of random waves is made of.
public struct FourierOptions: ComponentOptions {
  @Setting("Random waves.", .width) public var waves = 128
  @Setting("Numbers that it gives.", .width) public var features = 200
  @Setting("The standard deviation of the waves' frequencies.", .positive)
  public var bandwidth = 0.2

  public init() {}
}

extension Family {
  /// Random waves, a prior of learned scales, Laplace variables, and a recipe of them.
  public static let mine = Family { registry in
    registry.add(
      .encoder(of: Tensor.self), "fourier", "random waves, then one learned layer",
      FourierOptions()
    ) { options, assembly, key in
      FourierEncoder(
        observationShape: try assembly[.observationShape], waveCount: options.waves,
        featureCount: options.features, bandwidth: options.bandwidth, using: &key)
    }
    registry.add(.prior, "scaled-normal", "a Gaussian of learned scales", NoOptions()) {
      _, assembly, _ in ScaledNormalPrior(latentCount: try assembly[.codeShape].count)
    }
    registry.addLikelihoodOfNumbers(
      "laplace", "each element is a Laplace variable around the decoder's output", NoOptions()
    ) { _, _, _ in LaplaceLikelihood() }
    registry.add(
      Preset(
        "mine", "random waves, a prior of learned scales", source: "this package",
        """
        latent: 8
        encoder: {name: fourier, waves: 256}
        decoder: {name: mlp, hidden: [200]}
        prior: scaled-normal
        trainer: {epochs: 3}
        """))
  }
}
