internal import Layers
public import TensorCore
public import VAECore

/// What makes an example strange to a model.
public enum AnomalyScore: String, Sendable, Hashable, Codable, CaseIterable {
  /// The negative evidence lower bound: a bound on -log p(x).
  case elbo
  /// The importance-weighted estimate of -log p(x).
  ///
  /// - Source: Burda, Grosse and Salakhutdinov, arXiv:1509.00519, equation 8.
  case likelihood
  /// -E log p(x | z) over codes z of the posterior.
  ///
  /// - Source: An and Cho, "Variational autoencoder based anomaly detection using reconstruction
  ///   probability", SNU Data Mining Center (2015), algorithm 4.
  case reconstruction
  /// How far the code lies from the typical codes of normal data: the difference between -log p(z)
  /// of the posterior's mean and its mean over normal data.
  ///
  /// - Source: Nalisnick, Matsukawa, Teh and Lakshminarayanan, "Detecting out-of-distribution
  ///   inputs to deep generative models using typicality", arXiv:1906.02994, equation 4 for single
  ///   examples, applied to codes.
  case typicality
}

extension LatentModel {
  /// What a score is made from, for every example of a data set in its order, in nats; an
  /// ``AnomalyDetector`` makes scores of it.
  ///
  /// - Parameters:
  ///   - source: The data; its batches may differ in size.
  ///   - score: What is measured; for typicality -log p(z) of the posterior's mean.
  ///   - samples: Codes drawn for an example.
  ///   - key: Where they come from.
  /// - Returns: A number for each example; NaN where the model has no density to measure it by.
  /// - Throws: What reading the data throws.
  public func surprisals(
    on source: some BatchSource<Batch<Observation>>, by score: AnomalyScore, samples: Int = 16,
    using key: inout RandomKey
  ) throws -> [Double] {
    precondition(samples > 0, "a score takes at least one sample")
    var result: [Double] = []
    let batches = source.batches(epoch: 0, startingAt: 0)
    while let batch = try batches.next() {
      var context = Context.inference(key.split())
      let found = surprisals(of: batch.observations, by: score, samples: samples, &context)
      result += found ?? Array(repeating: .nan, count: batch.count)
    }
    return result
  }

  private func surprisals(
    of x: Observation, by score: AnomalyScore, samples: Int, _ context: inout Context
  ) -> [Double]? {
    if score == .typicality {
      let codes = inferCodes(x, by: .posteriorMean, &context).codes
      _ = generate(from: codes, under: condition(of: x), &context)
      return context.sites.logPrior.map { (-$0).value.doubles }
    }
    var weights = LogMeanExp(count: x.rowCount)
    var sums = [Double](repeating: 0, count: x.rowCount)
    for _ in 0..<samples {
      let output = infer(x, &context)
      guard let likelihood = output.logProbability(of: x.value, &context) else { return nil }
      let sites = context.sites
      switch score {
      case .likelihood:
        guard let prior = sites.logPrior, let posterior = sites.logPosterior else { return nil }
        weights.add((likelihood + (prior - posterior)).value.doubles)
      case .elbo:
        guard let divergence = sites.divergence else { return nil }
        sums = zip(sums, (likelihood - divergence).value.doubles).map { $0 - $1 }
      case .reconstruction, .typicality:
        sums = zip(sums, likelihood.value.doubles).map { $0 - $1 }
      }
    }
    return score == .likelihood
      ? weights.result.map { -$0 } : sums.map { $0 / Double(samples) }
  }
}
