internal import Layers
public import TensorCore
public import VAECore

/// What a model does on a data set: exact averages over its examples, in nats an example.
public struct Evaluation: Sendable, Hashable, Codable {
  /// Examples seen.
  public var exampleCount: Int
  /// -E log p(x | z), with one sample of z an example.
  public var reconstruction: Double
  /// KL(q(z | x) ‖ p(z)).
  public var kl: Double
  /// The evidence lower bound on log p(x).
  public var elbo: Double { -(reconstruction + kl) }
  /// The importance-weighted estimate of log p(x), where it was asked for.
  public var logLikelihood: Double?
  /// Samples of z an example behind ``logLikelihood``.
  public var importanceSamples: Int?
  /// The variance over the data of each coordinate of the posterior's mean.
  public var codeVariance: [Double]
  /// The share of each latent dimension in ``kl``; nil where the prior does not divide it so.
  public var klPerDimension: [Double]?

  /// Latent dimensions whose posterior mean varies over the data with a variance above 0.01.
  ///
  /// - Source: Burda, Grosse and Salakhutdinov, arXiv:1509.00519, section 5.
  public var activeUnits: Int { codeVariance.count { $0 > 0.01 } }
}

extension VariationalAutoencoder {
  /// Measures the model on every example of a data set.
  ///
  /// The estimate of log p(x) is log 1/K Σ p(x | zₖ) p(zₖ) / q(zₖ | x) over K samples zₖ from the
  /// posterior: on average a lower bound, the tighter the larger K, and with K = 1 the evidence
  /// lower bound. Codes are decoded a batch at a time, so that memory does not grow with K, and
  /// encoded once.
  ///
  /// - Parameters:
  ///   - source: The data; its batches may differ in size.
  ///   - importanceSamples: K; nil leaves the estimate out.
  ///   - key: Where the samples come from.
  ///   - progress: Called after each batch with the number of examples seen.
  /// - Returns: The averages; NaN where the data holds no examples.
  /// - Throws: What reading the data, or `progress`, throws.
  /// - Source: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders",
  ///   arXiv:1509.00519, equation 8.
  public func evaluate(
    on source: some BatchSource<Batch<Observation>>, importanceSamples: Int? = nil,
    using key: inout RandomKey, progress: (Int) throws -> Void = { _ in }
  ) throws -> Evaluation {
    precondition((importanceSamples ?? 1) > 0, "an estimate takes at least one sample")
    var sums = Sums(latentCount: latentCount)
    let batches = source.batches(epoch: 0, startingAt: 0)
    while let batch = try batches.next() {
      measure(batch, importanceSamples: importanceSamples, using: &key, adding: &sums)
      try progress(sums.count)
    }
    return sums.evaluation(importanceSamples: importanceSamples)
  }

  private func measure(
    _ batch: Batch<Observation>, importanceSamples: Int?, using key: inout RandomKey,
    adding sums: inout Sums
  ) {
    var context = Context.inference(key.split())
    let x = batch.observations
    let q = encode(x, &context)
    var codes = q.sample(using: &context.key)
    var logLikelihood = logLikelihood(of: x, from: codes, &context)
    sums.reconstruction -= total(logLikelihood)
    sums.kl += total(divergence(from: q, codes: codes, &context))
    if let perDimension = divergencePerDimension(from: q) {
      sums.klPerDimension = zip(sums.klPerDimension, perDimension.value.sum(along: 0).doubles).map(
        +)
    } else {
      sums.dividesKL = false
    }
    sums.addCodes(q.mean.value)

    guard let samples = importanceSamples else { return }
    var weights = LogMeanExp(count: batch.count)
    for sample in 0..<samples {
      if sample > 0 {
        codes = q.sample(using: &context.key)
        logLikelihood = self.logLikelihood(of: x, from: codes, &context)
      }
      let logRatio = logPrior(of: codes, &context) - q.logProbability(of: codes)
      weights.add((logLikelihood + logRatio).value.doubles)
    }
    sums.logLikelihood += weights.result.reduce(0, +)
  }

  private func total(_ perExample: Variable) -> Double { perExample.value.doubles.reduce(0, +) }
}

/// Totals over the examples seen so far.
private struct Sums {
  var count = 0
  var reconstruction = 0.0
  var kl = 0.0
  var logLikelihood = 0.0
  var klPerDimension: [Double]
  var dividesKL = true
  var mean: [Double]
  var squares: [Double]

  init(latentCount: Int) {
    klPerDimension = Array(repeating: 0, count: latentCount)
    mean = klPerDimension
    squares = klPerDimension
  }

  /// Welford's running mean and sum of squared differences, `[batch, latentCount]` at a time.
  mutating func addCodes(_ codes: Tensor) {
    let values = codes.doubles
    for row in 0..<codes.shape[0] {
      count += 1
      for i in mean.indices {
        let difference = values[row * mean.count + i] - mean[i]
        mean[i] += difference / Double(count)
        squares[i] += difference * (values[row * mean.count + i] - mean[i])
      }
    }
  }

  func evaluation(importanceSamples: Int?) -> Evaluation {
    let n = Double(count)
    return Evaluation(
      exampleCount: count, reconstruction: reconstruction / n, kl: kl / n,
      logLikelihood: importanceSamples.map { _ in logLikelihood / n },
      importanceSamples: importanceSamples, codeVariance: squares.map { $0 / n },
      klPerDimension: dividesKL ? klPerDimension.map { $0 / n } : nil)
  }
}
