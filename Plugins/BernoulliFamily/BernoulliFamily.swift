public import ComponentRegistry
internal import VAECore

extension Family {
  /// Coin flips.
  public static let bernoulli = Family { registry in
    registry.addLikelihoodOfNumbers(
      "bernoulli", "each element is a coin flip; grey values in [0, 1] stand for its odds",
      NoOptions()
    ) { _, _, _ in BernoulliLikelihood() }
  }
}
