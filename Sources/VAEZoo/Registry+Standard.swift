extension Registry {
  /// Every component of this package.
  public static var standard: Registry {
    var registry = Registry()
    registry.addFullyConnectedParts("mlp", .plain, "fully connected layers")
    registry.addFullyConnectedParts(
      "residual-mlp", .residual, "residual blocks of fully connected layers")
    registry.addConvolutionalParts("conv", .plain, "convolutions")
    registry.addConvolutionalParts("residual-conv", .residual, "residual blocks of convolutions")
    registry.addRecurrentParts(.gru, "gated recurrent units")
    registry.addRecurrentParts(.lstm, "long short-term memory")
    registry.addTransformerParts()
    registry.addDistributions()
    registry.addLikelihoods()
    registry.addTokenLikelihoods()
    registry.addObjectives()
    return registry
  }

  private mutating func addFullyConnectedParts(
    _ name: String, _ style: MLPStyle, _ what: String
  ) {
    addEncoder(name, "\(what) over the flattened image", options: MLPOptions()) {
      options, shape, key in
      try options.validate()
      return MLPEncoder(
        observationShape: shape, hidden: options.hidden, activation: options.activation,
        style: style, using: &key)
    }
    addDecoder(name, "\(what) from the code to the image", options: MLPOptions()) {
      options, latentCount, shape, key in
      try options.validate()
      return MLPDecoder(
        latentCount: latentCount, hidden: options.hidden, parameterShape: shape,
        activation: options.activation, style: style, using: &key)
    }
  }

  private mutating func addConvolutionalParts(
    _ name: String, _ style: ConvStyle, _ what: String
  ) {
    addEncoder(
      name, "\(what), then fully connected layers; any image size", options: ConvEncoderOptions()
    ) { options, shape, key in
      try options.validate()
      return try ConvEncoder(
        observationShape: shape, stages: options.stages, hidden: options.hidden,
        activation: options.activation, batchNorm: options.batchNorm, style: style, using: &key)
    }
    addDecoder(
      name, "fully connected layers, then \(what) back to the exact image size",
      options: ConvDecoderOptions()
    ) { options, latentCount, shape, key in
      try options.validate()
      return try ConvDecoder(
        latentCount: latentCount, hidden: options.hidden, stages: options.stages,
        parameterShape: shape, output: options.output, baseChannels: options.baseChannels,
        activation: options.activation, batchNorm: options.batchNorm, style: style, using: &key)
    }
  }

  private mutating func addDistributions() {
    addPosterior(
      "diagonal-gaussian", "a Gaussian with independent coordinates, mean and variance learned",
      options: NoOptions()
    ) { _, featureCount, latentCount, key in
      DiagonalGaussianPosterior(
        featureCount: featureCount, latentCount: latentCount, using: &key)
    }
    addPrior("standard-normal", "a Gaussian with mean 0 and variance 1", options: NoOptions()) {
      _, latentCount, _ in StandardNormalPrior(latentCount: latentCount)
    }
  }

  private mutating func addLikelihoods() {
    addLikelihood(
      "bernoulli", "each element is a coin flip; grey values in [0, 1] stand for its odds",
      options: NoOptions()
    ) { _, _, _ in BernoulliLikelihood() }
    addLikelihood(
      "gaussian", "each element is a Gaussian around the decoder's output; scale fixed or learned",
      options: GaussianOptions()
    ) { options, _, _ in
      try options.validate()
      let scale: GaussianLikelihood.Scale =
        switch options.scale {
        case .fixed: .fixed(options.sigma)
        case .shared: .shared(initial: options.sigma)
        case .perElement: .perElement
        }
      return GaussianLikelihood(scale: scale, floor: options.floor)
    }
  }

  private mutating func addTokenLikelihoods() {
    addTokenLikelihood(
      "categorical", "each token is one of the vocabulary, by its logits", options: NoOptions()
    ) { _, vocabularySize, _ in CategoricalLikelihood(vocabularySize: vocabularySize) }
  }

  private mutating func addObjectives() {
    addObjective(
      "elbo", "reconstruction + kl_weight x KL, with warm-ups, free bits and inner encoder steps",
      options: ELBOOptions())
    addObjective(
      "denoising", "the elbo of clean images, whose codes come from damaged ones",
      options: DenoisingOptions())
  }
}
