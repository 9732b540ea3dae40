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
  /// The estimate of the mutual information I(x; z) under q, where it was asked for.
  public var mutualInformation: Double?
  /// Examples behind ``mutualInformation``, which is at most the logarithm of their number.
  public var mutualInformationExamples: Int?
  /// The steps of all sequences; nil where observations are not sequences.
  public var steps: Steps?

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
  /// lower bound. Samples are decoded a batch at a time, so that memory does not grow with K, and 64
  /// of them share a pass of the encoder.
  ///
  /// The estimate of I(x; z) = E KL(q(z | x) ‖ p(z)) - KL(q(z) ‖ p(z)) is the mean of log q(z | x) -
  /// log q(z) over a code z of each example of a sample, whose average stands for q(z). On average
  /// it is a lower bound, near the truth while that is well below the logarithm of the sample's
  /// size, which it never exceeds. The sample is of whole batches, spread evenly over the data.
  ///
  /// - Parameters:
  ///   - source: The data; its batches may differ in size.
  ///   - importanceSamples: K; nil leaves the estimate out.
  ///   - informationExamples: Examples behind the estimate of I(x; z), fewer where batches do not
  ///     fit, but at least one batch; the cost grows with their square, and 0 leaves it out.
  ///   - key: Where the samples come from.
  ///   - progress: Called after each batch with the number of examples seen.
  /// - Returns: The averages; NaN where the data holds no examples.
  /// - Throws: What reading the data, or `progress`, throws.
  /// - Source: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders",
  ///   arXiv:1509.00519, equation 8; Hoffman and Johnson, "ELBO surgery", 2016; He et al.,
  ///   arXiv:1901.05534, section 4.2; Poole et al., arXiv:1905.06922, section 2.4, for the bound.
  public func evaluate(
    on source: some BatchSource<Batch<Observation>>, importanceSamples: Int? = nil,
    informationExamples: Int = 1000, using key: inout RandomKey,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> Evaluation {
    precondition((importanceSamples ?? 1) > 0, "an estimate takes at least one sample")
    let capture = Capture(namedParameters.map(\.parameter))
    var sums = Sums(latentCount: latentCount)
    var aggregate = AggregatePosterior<Distribution>()
    let stride = max(1, (source.exampleCount - 1) / max(informationExamples, 1) + 1)
    let batches = source.batches(epoch: 0, startingAt: 0)
    var index = 0
    while let batch = try batches.next() {
      let (q, codes) = measure(
        batch, importanceSamples: importanceSamples, using: &key, through: capture, adding: &sums)
      if informationExamples > 0 && index.isMultiple(of: stride)
        && (index == 0 || aggregate.count + batch.count <= informationExamples)
      {
        var context = Context.inference()
        aggregate.add(q ?? encode(batch.observations, &context), codes: codes)
      }
      index += 1
      try progress(sums.count)
    }
    var result = sums.evaluation(importanceSamples: importanceSamples)
    if aggregate.count > 0 {
      result.mutualInformation = aggregate.mutualInformation
      result.mutualInformationExamples = aggregate.count
    }
    return result
  }

  /// Adds a batch to the sums; gives the codes, and the posterior where a pass as written has made it.
  private func measure(
    _ batch: Batch<Observation>, importanceSamples: Int?, using key: inout RandomKey,
    through capture: Capture, adding sums: inout Sums
  ) -> (q: Distribution?, codes: Tensor) {
    let (x, passKey, limit) = (batch.observations, key.split(), 64)
    var weights = LogMeanExp(count: batch.count)
    var q: Distribution?
    var codes = Tensor.zeros([0, latentCount])
    let passes = importanceSamples.map { ($0 - 1) / limit + 1 } ?? 1
    for pass in 0..<passes {
      let samples = min(limit, (importanceSamples ?? 0) - pass * limit)
      let ownKey = pass == 0 ? passKey : passKey.folded(with: UInt64(pass))
      var found = capture(over: x, [samples, min(pass, 1)], key: ownKey) {
        var context = Context.inference(ownKey)
        let posterior = encode(x, &context)
        guard pass == 0 else { return logWeights(of: x, posterior, samples: samples, &context) }
        q = posterior
        return numbers(of: x, posterior, samples: samples, &context)
      }
      if pass == 0 {
        sums.add(found, of: x)
        codes = .concatenated(found[4].map { [$0] } ?? [], along: 0)  // a copy
        found.removeFirst(5)
      }
      for weight in found { weights.add(weight?.doubles ?? []) }
    }
    if importanceSamples != nil { sums.logLikelihood += weights.result.reduce(0, +) }
    return (q, codes)
  }

  /// log p(x | z) and the divergence of each example, its sums over the batch for each dimension, the posterior's means, the
  /// first codes, and the logarithms of the importance weights of each sample.
  private func numbers(
    of x: Observation, _ q: Distribution, samples: Int, _ context: inout Context
  ) -> [Tensor?] {
    let first = q.sample(using: &context.key)
    let fit = logLikelihood(of: x, from: first, &context)
    let kl = divergence(from: q, codes: first, &context)
    var numbers = [
      fit.value, kl.value, divergencePerDimension(from: q)?.value.sum(along: 0), q.mean.value,
      first.value,
    ]
    if samples > 0 {
      numbers.append(logWeight(of: first, fit, q, &context))
      numbers += logWeights(of: x, q, samples: samples - 1, &context)
    }
    return numbers
  }

  /// The logarithms of the importance weights of samples, `[batch]` each.
  private func logWeights(
    of x: Observation, _ q: Distribution, samples: Int, _ context: inout Context
  ) -> [Tensor?] {
    (0..<samples).map { _ in
      let codes = q.sample(using: &context.key)
      let fit = logLikelihood(of: x, from: codes, &context)
      return logWeight(of: codes, fit, q, &context)
    }
  }

  /// log p(x | z) p(z) / q(z | x), where `fit` is log p(x | z): `[batch]`.
  private func logWeight(
    of codes: Variable, _ fit: Variable, _ q: Distribution, _ context: inout Context
  ) -> Tensor {
    (fit + logPrior(of: codes, &context) - q.logProbability(of: codes)).value
  }
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
  var steps: Evaluation.Steps?

  init(latentCount: Int) {
    klPerDimension = Array(repeating: 0, count: latentCount)
    mean = klPerDimension
    squares = klPerDimension
  }

  /// Adds what a pass over a batch gave.
  mutating func add(_ numbers: [Tensor?], of x: some Any) {
    reconstruction -= numbers[0]?.doubles.reduce(0, +) ?? 0
    kl += numbers[1]?.doubles.reduce(0, +) ?? 0
    if let perDimension = numbers[2] {
      klPerDimension = zip(klPerDimension, perDimension.doubles).map(+)
    } else {
      dividesKL = false
    }
    if let means = numbers[3] { addCodes(means) }
    addSteps(Evaluation.Steps(of: x))
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

  mutating func addSteps(_ more: Evaluation.Steps?) {
    guard var more else { return }
    more.count += steps?.count ?? 0
    steps = more
  }

  func evaluation(importanceSamples: Int?) -> Evaluation {
    let n = Double(count)
    return Evaluation(
      exampleCount: count, reconstruction: reconstruction / n, kl: kl / n,
      logLikelihood: importanceSamples.map { _ in logLikelihood / n },
      importanceSamples: importanceSamples, codeVariance: squares.map { $0 / n },
      klPerDimension: dividesKL ? klPerDimension.map { $0 / n } : nil, steps: steps)
  }
}
