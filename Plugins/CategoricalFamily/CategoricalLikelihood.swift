public import Layers
public import TensorCore
public import VAECore

/// One of so many tokens at each step, by its logits: log p(x | ℓ) = Σ (ℓ[x] - log Σ e^ℓ) over the
/// real steps, in nats.
///
/// - Source: Bowman et al., "Generating Sentences from a Continuous Space", arXiv:1511.06349.
public struct CategoricalLikelihood: TokenLikelihood, Sendable {
  /// How many tokens there are, those of ``SpecialToken`` counted.
  public let vocabularySize: Int

  public init(vocabularySize: Int) {
    precondition(
      vocabularySize >= SpecialToken.count,
      "a vocabulary has the \(SpecialToken.count) special tokens at least, not \(vocabularySize)")
    self.vocabularySize = vocabularySize
  }

  public func parameterShape(forObservation shape: Shape) -> Shape { [vocabularySize] }

  public func logProbability(
    of x: Sequences, given logits: Variable, _ context: inout Context
  ) -> Variable {
    logits.categoricalLogProbability(of: x.values, lengths: x.lengths)
  }

  public func logProbabilities(given logits: Tensor) -> Tensor {
    Variable(logits).logSoftmax(along: -1).value
  }

  /// The most probable token of each step; every step counts as real.
  public func mean(given logits: Tensor) -> Sequences {
    sequences(logits.maximum(along: -1).index)
  }

  /// Tokens drawn from the distribution; every step counts as real.
  public func sample(given logits: Tensor, using key: inout RandomKey) -> Sequences {
    sequences(key.categorical(logits: logits))
  }

  public func validate(_ x: Sequences) throws(ObservationError) {
    guard x.areTokens else {
      throw ObservationError(
        "a categorical likelihood takes tokens, but the data holds frames; choose a Gaussian "
          + "likelihood")
    }
    let tokens = x.values.integers
    for (row, length) in x.lengths.enumerated() {
      for step in 0..<length {
        let token = tokens[row * x.time + step]
        guard token < 0 || token >= vocabularySize else { continue }
        throw ObservationError(
          "step \(step + 1) of example \(row + 1) is the token \(token), outside the vocabulary of "
            + "\(vocabularySize); encode the text with the model's own tokenizer")
      }
    }
  }

  private func sequences(_ tokens: Tensor) -> Sequences {
    Sequences(
      values: tokens, lengths: Array(repeating: tokens.shape[1], count: tokens.shape[0]))
  }
}
