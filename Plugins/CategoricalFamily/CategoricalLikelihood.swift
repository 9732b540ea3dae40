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

  public func callAsFunction(_ logits: Variable, _ context: inout Context) -> CategoricalTokens {
    CategoricalTokens(logits: logits)
  }

  public func logProbabilities(given logits: Tensor) -> Tensor {
    Variable(logits).logSoftmax(along: -1).value
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
}

/// Tokens that are independent given their logits, `[batch, time, vocabularySize]`.
public struct CategoricalTokens: Distribution {
  public let logits: Variable

  public init(logits: Variable) { self.logits = logits }

  /// The sum over the real steps; the logits become its gradient, and are not read again.
  public func logProbability(of x: Sequences, _ context: inout Context) -> Variable? {
    logits.categoricalLogProbability(of: x.values, lengths: x.lengths)
  }

  /// The most probable token of each step; every step counts as real.
  public func mean(_ context: inout Context) -> Sequences {
    sequences(logits.value.maximum(along: -1).index)
  }

  /// Tokens drawn; every step counts as real.
  public func sample(_ context: inout Context) -> Sequences {
    sequences(context.key.categorical(logits: logits.value))
  }

  public func mapParameters(_ f: (Variable) -> Variable) -> CategoricalTokens {
    CategoricalTokens(logits: f(logits))
  }

  private func sequences(_ tokens: Tensor) -> Sequences {
    Sequences(
      values: tokens, lengths: Array(repeating: tokens.shape[1], count: tokens.shape[0]))
  }
}
