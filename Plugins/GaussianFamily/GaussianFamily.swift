public import ComponentRegistry
internal import Layers
internal import TensorCore
internal import VAECore

/// What the Gaussian likelihood is made of.
public struct GaussianOptions: ComponentOptions, Hashable {
  /// Where the standard deviation comes from.
  public enum Scale: String, Codable, Sendable, Hashable, CaseIterable {
    /// The same number always.
    case fixed
    /// One number for all elements, learned with the model.
    case shared
    /// A number for each element, given by the decoder.
    case perElement = "per_element"
    /// One number for all elements, the root of the mean squared error in training.
    case calibrated
  }

  @Setting(
    "Where the standard deviation comes from; null is fixed where sigma is given, and calibrated "
      + "otherwise.")
  public var scale: Scale? = nil
  @Setting(
    "The standard deviation that is fixed, or that a shared or calibrated one begins with; null for 1.",
    .positive)
  public var sigma: Double? = nil
  @Setting("The smallest standard deviation that is learned.", .positive)
  public var floor = 0.01

  public init() {}

  public func validate() throws(ConfigurationError) {
    guard ![.shared, .calibrated].contains(origin) || first > floor else {
      throw ConfigurationError(
        "takes a number above floor, which is \(floor), found \(first)", at: ["sigma"])
    }
  }

  private var origin: Scale { scale ?? (sigma == nil ? .calibrated : .fixed) }
  private var first: Double { sigma ?? 1 }

  var likelihood: GaussianLikelihood {
    let scale: GaussianLikelihood.Scale =
      switch origin {
      case .fixed: .fixed(first)
      case .shared: .shared(initial: first)
      case .perElement: .perElement
      case .calibrated: .calibrated(initial: first)
      }
    return GaussianLikelihood(scale: scale, floor: floor)
  }
}

private struct PosteriorOptions: ComponentOptions {
  @Setting("How the first weights of its linear map are drawn.")
  var initializer = Initializer.pytorch
}

private struct MixtureOptions: ComponentOptions {
  @Setting("Gaussians in the mixture.", .width)
  var components = 10
}

extension Family {
  /// Gaussians with independent coordinates: posterior, prior and likelihood.
  public static let gaussian = Family { registry in
    registry.add(
      .posterior, "diagonal-gaussian",
      "a Gaussian with independent coordinates, mean and variance learned", PosteriorOptions()
    ) { options, assembly, key in
      DiagonalGaussianPosterior(
        featureCount: try assembly[.featureCount], latentCount: try assembly[.codeShape].count,
        initializer: options.initializer, using: &key)
    }
    registry.add(
      .posterior, "grid-gaussian",
      "a Gaussian at each place of a grid of features, with `latent` codes there",
      PosteriorOptions()
    ) { options, assembly, key in
      try GridGaussianPosterior(
        featureShape: assembly[.featureShape], latentChannels: assembly[.codeShape].count,
        initializer: options.initializer, using: &key)
    }
    registry.add(.prior, "standard-normal", "a Gaussian with mean 0 and variance 1", NoOptions()) {
      _, assembly, _ in StandardNormalPrior(codeShape: try assembly[.codeShape])
    }
    registry.add(
      .prior, "gaussian-mixture", "a mixture of Gaussians, all of it learned", MixtureOptions()
    ) { options, assembly, key in
      GaussianMixturePrior(
        latentCount: try assembly[.codeShape].count, componentCount: options.components,
        using: &key)
    }
    registry.add(
      .prior, "conditional-gaussian", "a Gaussian for each class, or what else a model is told",
      NoOptions()
    ) { _, assembly, key in
      guard let width = try assembly.find(.conditionWidth) else {
        throw CompositionError(
          incompatible:
            "it is a Gaussian for each class, and this model is told none; choose model "
            + "conditional-vae and data with labels, such as data.kind labelled-images")
      }
      return ConditionalGaussianPrior(
        latentCount: try assembly[.codeShape].count, conditionWidth: width, using: &key)
    }
    registry.addLikelihoodOfNumbers(
      "gaussian",
      "each element is a Gaussian around the decoder's output; its scale fixed, learned or that of the errors",
      GaussianOptions()
    ) { options, _, _ in options.likelihood }
    registry.add(
      Preset(
        "conditional-mlp",
        "MLP 784-400-20 told the class of each image, a Gaussian a class as prior",
        source: "Sohn et al., NeurIPS 2015, with the layers of PyTorch's example",
        """
        data: {kind: labelled-images}
        model: conditional-vae
        latent: 20
        encoder: {name: mlp, hidden: [400]}
        prior: conditional-gaussian
        decoder: {name: mlp, hidden: [400]}
        trainer: {epochs: 20}
        """))
    // The standard deviation is that of the errors, so that no weight has to be tuned between the two terms.
    registry.add(
      Preset(
        "mlp-2d", "MLP 784-128-64-32-2 and back, Gaussian likelihood with a calibrated scale",
        source: "the narrowing model of many tutorials; the scale of arXiv:2006.13202",
        """
        latent: 2
        encoder: {name: mlp, hidden: [128, 64, 32]}
        decoder: {name: mlp, hidden: [256, 128, 64]}
        likelihood: gaussian
        trainer: {epochs: 20}
        """))
  }
}
