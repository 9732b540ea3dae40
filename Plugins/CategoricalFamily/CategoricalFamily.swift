public import ComponentRegistry
internal import VAECore

extension Family {
  /// One of many tokens.
  public static let categorical = Family { registry in
    registry.add(
      .likelihood(of: Sequences.self, "text"), "categorical",
      "each token is one of the vocabulary, by its logits", NoOptions()
    ) { _, assembly, _ in
      guard case .tokens(let size) = try assembly[.steps] else {
        throw CompositionError(incompatible: "it takes tokens, but the steps are frames of numbers")
      }
      return CategoricalLikelihood(vocabularySize: size)
    }
  }
}
