extension Registry {
  /// Every component of this package.
  public static var standard: Registry {
    var registry = Registry()
    registry.addFullyConnectedParts()
    registry.addDistributions()
    registry.addObjectives()
    return registry
  }

  private mutating func addFullyConnectedParts() {
    addEncoder("mlp", "fully connected layers over the flattened image", options: MLPOptions()) {
      options, shape, key in
      try options.validate()
      return MLPEncoder(
        observationShape: shape, hidden: options.hidden, activation: options.activation,
        using: &key)
    }
    addDecoder("mlp", "fully connected layers from the code to the image", options: MLPOptions()) {
      options, latentCount, shape, key in
      try options.validate()
      return MLPDecoder(
        latentCount: latentCount, hidden: options.hidden, parameterShape: shape,
        activation: options.activation, using: &key)
    }
  }

  private mutating func addDistributions() {
    addPosterior(
      "diagonal-gaussian", "a Gaussian with independent coordinates, its mean and variance learned",
      options: NoOptions()
    ) { _, featureCount, latentCount, key in
      DiagonalGaussianPosterior(
        featureCount: featureCount, latentCount: latentCount, using: &key)
    }
    addPrior("standard-normal", "a Gaussian with mean 0 and variance 1", options: NoOptions()) {
      _, latentCount, _ in StandardNormalPrior(latentCount: latentCount)
    }
    addLikelihood(
      "bernoulli", "each element is a coin flip, or a grey value in [0, 1] read as its odds",
      options: NoOptions()
    ) { _, _, _ in BernoulliLikelihood() }
  }

  private mutating func addObjectives() {
    addObjective(
      "elbo", "reconstruction + kl_weight x KL, the weight rising from 0 over warm_up_steps",
      options: ELBOOptions()
    ) { options, model in
      try options.validate()
      return elbo(of: model, options.weight)
    }
  }
}

/// The options of a component that has none.
public struct NoOptions: Codable, Sendable, Hashable {
  /// No options.
  public init() {}
}

/// Options of the fully connected encoder and decoder.
public struct MLPOptions: Codable, Sendable, Hashable {
  /// The width of each hidden layer, in the order data flows.
  public var hidden = [400]
  /// The function after each hidden layer.
  public var activation = Activation.relu

  /// The defaults: one layer of 400 and ReLU.
  public init() {}

  func validate() throws(ConfigurationError) {
    try requirePositive(hidden, "hidden", of: "the width of each layer")
  }
}

/// Options of the evidence lower bound.
public struct ELBOOptions: Codable, Sendable, Hashable {
  /// The weight of the KL term once warmed up; 1 gives the evidence lower bound, more a β-VAE.
  public var klWeight = 1.0
  /// Steps over which the weight rises from 0 in a straight line; 0 for none.
  public var warmUpSteps = 0

  /// The defaults: weight 1 throughout.
  public init() {}

  var weight: KLWeight {
    warmUpSteps > 0 ? .linear(to: klWeight, steps: warmUpSteps) : .constant(klWeight)
  }

  func validate() throws(ConfigurationError) {
    guard klWeight >= 0, klWeight.isFinite else {
      throw ConfigurationError("takes a number not below 0, found \(klWeight)", at: ["kl_weight"])
    }
    guard warmUpSteps >= 0 else {
      throw ConfigurationError(
        "takes a count not below 0, found \(warmUpSteps)", at: ["warm_up_steps"])
    }
  }
}

private func elbo<Model: VariationalAutoencoder<Tensor>>(
  of model: Model, _ weight: KLWeight
) -> any Objective<Batch<Tensor>> {
  ELBO(model, klWeight: weight)
}

/// Throws unless `sizes` holds numbers above 0, at least one.
func requirePositive(
  _ sizes: [Int], _ key: String, of what: String
) throws(ConfigurationError) {
  guard !sizes.isEmpty, sizes.allSatisfy({ $0 > 0 }) else {
    throw ConfigurationError(
      "takes \(what), numbers above 0 and at least one, found \(sizes)", at: [key])
  }
}
