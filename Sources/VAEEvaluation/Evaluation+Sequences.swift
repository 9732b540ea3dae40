internal import VAECore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

// Figures of sequences for each step: those of all steps together, over their number, so that a long
// sequence counts as much as it is long.

extension Evaluation {
  /// The steps of the sequences that were seen.
  public struct Steps: Sendable, Hashable, Codable {
    /// How many there were; of tokens, the end of each sequence counted.
    public var count = 0
    /// Whether they were tokens rather than frames.
    public var areTokens: Bool
  }

  /// The bound's negative log likelihood in nats a step; nil where there are no steps.
  public var nllPerStep: Double? { elbo.flatMap(nllPerStep) }

  /// The importance-weighted negative log likelihood in nats a step; nil where it was not asked for
  /// or there are no steps.
  public var importanceWeightedNLLPerStep: Double? { logLikelihood.flatMap(nllPerStep) }

  /// exp of the bound's negative log likelihood a token, its end tokens counted: at least the
  /// model's perplexity; nil where there are no tokens.
  public var perplexity: Double? { areTokens ? nllPerStep.map { exp($0) } : nil }

  /// exp of the importance-weighted negative log likelihood a token, end tokens counted; nil where
  /// it was not asked for or there are no tokens.
  public var importanceWeightedPerplexity: Double? {
    areTokens ? importanceWeightedNLLPerStep.map { exp($0) } : nil
  }

  /// What a run's curves hold beside the loss, by name: those that there are.
  ///
  /// "active_units"; "mutual_information"; "iw_nll", the importance-weighted negative log likelihood
  /// of an example; of sequences "nll_per_token" and "iw_nll_per_token" (or "_frame"), and
  /// "perplexity" and "iw_perplexity".
  public var measures: [(name: String, value: Double)] {
    let step = areTokens ? "token" : "frame"
    let all: [(name: String, value: Double?)] = [
      ("active_units", Double(activeUnits)), ("mutual_information", mutualInformation),
      ("iw_nll", logLikelihood.map { -$0 }), ("nll_per_\(step)", nllPerStep),
      ("iw_nll_per_\(step)", importanceWeightedNLLPerStep), ("perplexity", perplexity),
      ("iw_perplexity", importanceWeightedPerplexity),
    ]
    return all.compactMap { name, value in value.map { (name, $0) } }
  }

  private var areTokens: Bool { steps?.areTokens ?? false }

  private func nllPerStep(_ logLikelihood: Double) -> Double? {
    steps.map { -logLikelihood * Double(exampleCount) / Double($0.count) }
  }
}

extension Evaluation.Steps {
  /// Those of a batch of observations; nil where it holds no sequences.
  init?<Observation>(of observations: Observation) {
    guard let sequences = observations as? Sequences else { return nil }
    self.init(count: sequences.lengths.reduce(0, +), areTokens: sequences.areTokens)
  }
}
