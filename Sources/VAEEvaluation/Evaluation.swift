internal import Layers
public import TensorCore
public import VAECore

/// What a model does on a data set: exact averages over its examples, in nats an example.
public struct Evaluation: Sendable, Hashable, Codable {
  /// Examples seen.
  public var exampleCount: Int
  /// -E log p(x | z), with one sample of z an example; nil where observations have no density.
  public var reconstruction: Double?
  /// KL(q(z | x) ‖ p(z)); nil where codes have no densities to compare.
  public var kl: Double?
  /// The evidence lower bound on log p(x); nil where one of its terms is.
  public var elbo: Double? { reconstruction.flatMap { r in kl.map { -(r + $0) } } }
  /// The importance-weighted estimate of log p(x), where it was asked for and there are densities.
  public var logLikelihood: Double?
  /// Samples of z an example behind ``logLikelihood``.
  public var importanceSamples: Int?
  /// The variance over the data of each coordinate of the posterior's mean.
  public var codeVariance: [Double]
  /// The share of each latent dimension in ``kl``; nil where it is not divided so.
  public var klPerDimension: [Double]?
  /// The estimate of the mutual information I(x; z) under q, where it was asked for, of models that draw at one site.
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

extension LatentModel {
  /// Measures the model on every example of a data set.
  ///
  /// The estimate of log p(x) is log 1/K Σ p(x | zₖ) p(zₖ) / q(zₖ | x) over K samples zₖ from the
  /// posterior: on average a lower bound, the tighter the larger K, and with K = 1 the evidence
  /// lower bound. Up to 64 samples share a pass, as many as make a thousand rows, so that memory does not grow with K.
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
    let isAlone = codeSites.count == 1
    var sums = Sums()
    var aggregate = AggregatePosterior()
    let stride = max(1, (source.exampleCount - 1) / max(informationExamples, 1) + 1)
    let batches = source.batches(epoch: 0, startingAt: 0)
    var index = 0
    while let batch = try batches.next() {
      let batchKey = key.split()
      measure(batch, importanceSamples, key: batchKey, through: capture, adding: &sums)
      if isAlone && informationExamples > 0 && index.isMultiple(of: stride)
        && (index == 0 || aggregate.count + batch.count <= informationExamples)
      {
        var context = Context.inference(batchKey)
        for site in inferCodes(batch.observations, &context) { aggregate.add(site) }
      }
      index += 1
      try progress(sums.count)
    }
    var result = sums.evaluation(importanceSamples: importanceSamples)
    if let information = aggregate.mutualInformation {
      result.mutualInformation = information
      result.mutualInformationExamples = aggregate.count
    }
    return result
  }

  /// Adds a batch to the sums: in passes of so many samples of each example that memory stays bounded.
  private func measure(
    _ batch: Batch<Observation>, _ importanceSamples: Int?, key: RandomKey,
    through capture: Capture, adding sums: inout Sums
  ) {
    let x = batch.observations
    let limit = max(1, min(64, 1024 / max(batch.count, 1)))
    var weights = LogMeanExp(count: batch.count)
    var left = importanceSamples ?? 1
    var pass = 0
    while left > 0 {
      let samples = min(limit, left)
      let ownKey = pass == 0 ? key : key.folded(with: UInt64(pass))
      let (isFirst, weighs) = (pass == 0, importanceSamples != nil)
      let found = capture(over: x, [samples, isFirst ? 1 : 0, weighs ? 1 : 0], key: ownKey) {
        var context = Context.inference(ownKey)
        return numbers(of: x, samples: samples, isFirst: isFirst, weighs: weighs, &context)
      }
      if isFirst { sums.add(found, of: x, count: batch.count) }
      if weighs { weights.add(found[4], samples: samples) }
      left -= samples
      pass += 1
    }
    if importanceSamples != nil { sums.logLikelihood += weights.result.reduce(0, +) }
  }

  /// Of each example's first code log p(x | z) and the divergence, its sums over the batch for each dimension, the posterior's
  /// means; and the logarithms of the importance weights of all samples.
  private func numbers(
    of x: Observation, samples: Int, isFirst: Bool, weighs: Bool, _ context: inout Context
  ) -> [Tensor?] {
    let output = infer(x, samples: samples, &context)
    let fit = output.logProbability(of: x.repeated(samples).value, &context)
    let sites = context.sites
    func first(_ rows: Variable?) -> Tensor? {
      guard let rows, samples > 1 else { return rows?.value }
      let rest = rows.shape.dimensions.dropFirst()
      return rows.reshaped(to: [x.rowCount, samples] + rest).sliced(along: 1, 0..<1)
        .reshaped(to: [x.rowCount] + rest).value
    }
    var numbers: [Tensor?] = [nil, nil, nil, nil, nil]
    if isFirst {
      let means = sites.compactMap { first($0.posteriorMean)?.reshaped(to: [x.rowCount, -1]) }
      numbers[0] = first(fit)
      numbers[1] = first(sites.divergence)
      numbers[2] = first(sites.dividedDivergence)?.sum(along: 0)
      numbers[3] =
        means.isEmpty ? nil : means.count == 1 ? means[0] : .concatenated(means, along: 1)
    }
    if weighs, let fit, let prior = sites.logPrior, let posterior = sites.logPosterior {
      numbers[4] = (fit + (prior - posterior)).value
    }
    return numbers
  }
}

extension LogMeanExp {
  /// Takes the samples of each example, one after the other; nil leaves nothing to tell.
  fileprivate mutating func add(_ weights: Tensor?, samples: Int) {
    guard let all = weights?.doubles else { return }
    for sample in 0..<samples {
      add(stride(from: sample, to: all.count, by: samples).map { all[$0] })
    }
  }
}

/// Totals over the examples seen so far.
private struct Sums {
  var count = 0
  var reconstruction: Double? = 0
  var kl: Double? = 0
  var logLikelihood = 0.0
  var klPerDimension: [Double]? = []
  var codeCount = 0
  var mean: [Double] = []
  var squares: [Double] = []
  var steps: Evaluation.Steps?

  /// Adds what a pass over a batch gave.
  mutating func add(_ numbers: [Tensor?], of x: some Any, count added: Int) {
    count += added
    func sum(_ numbers: Tensor?) -> Double? { numbers?.doubles.reduce(0, +) }
    reconstruction = reconstruction.flatMap { all in sum(numbers[0]).map { all - $0 } }
    kl = kl.flatMap { all in sum(numbers[1]).map { all + $0 } }
    klPerDimension = klPerDimension.flatMap { all in
      numbers[2].map { all.isEmpty ? $0.doubles : zip(all, $0.doubles).map(+) }
    }
    if let means = numbers[3] { addCodes(means) }
    addSteps(Evaluation.Steps(of: x))
  }

  /// Welford's running mean and sum of squared differences, `[batch, latentCount]` at a time.
  mutating func addCodes(_ codes: Tensor) {
    let values = codes.doubles
    if mean.isEmpty {
      mean = Array(repeating: 0, count: codes.shape[1])
      squares = mean
    }
    for row in 0..<codes.shape[0] {
      codeCount += 1
      for i in mean.indices {
        let difference = values[row * mean.count + i] - mean[i]
        mean[i] += difference / Double(codeCount)
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
    let weighs = importanceSamples != nil && reconstruction != nil && kl != nil
    return Evaluation(
      exampleCount: count, reconstruction: reconstruction.map { $0 / n }, kl: kl.map { $0 / n },
      logLikelihood: weighs ? logLikelihood / n : nil,
      importanceSamples: importanceSamples, codeVariance: squares.map { $0 / n },
      klPerDimension: klPerDimension.map { $0.map { $0 / n } }, steps: steps)
  }
}
