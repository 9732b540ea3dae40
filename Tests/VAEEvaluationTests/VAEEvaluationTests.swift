import GaussianFamily
import TensorCore
import Testing
import VAECore

@testable import VAEEvaluation

private let rows: [[Double]] = (0..<17).map { (i: Int) -> [Double] in
  let (a, b, c) = (Double(i % 5), Double(i % 3), Double(i % 7))
  return [a - 2, b * 0.7 - 0.5, c * 0.2 - 0.6]
}
private let exact = rows.map(LinearGaussian.logProbability).reduce(0, +) / Double(rows.count)

/// scipy.stats.multivariate_normal.logpdf([1, 2, 0.5], zeros(3), W @ W.T + 0.25 * eye(3)).
@Test func theReferenceIsTheGaussianDensity() {
  #expect(abs(LinearGaussian.logProbability(of: [1, 2, 0.5]) + 5.262181678076588) < 1e-9)
}

/// With the exact posterior every importance weight is p(x) itself, whatever was sampled.
@Test(arguments: [1, 2, 5], [4, 17, 100])
func theExactPosteriorGivesTheExactLikelihood(samples: Int, batchSize: Int) throws {
  var key = RandomKey(seed: 3)
  let result = try LinearGaussian(spread: 1).model.evaluate(
    on: ListedRows(values: rows, batchSize: batchSize), importanceSamples: samples, using: &key)
  #expect(result.exampleCount == 17)
  #expect(abs((result.logLikelihood ?? .nan) - exact) < 1e-9)
  // The bound is tight too, up to the sampling of its reconstruction term.
  #expect(abs((result.elbo ?? .nan) - exact) < 2)
}

@Test func moreSamplesTightenTheBoundTowardsTheLikelihood() throws {
  let model = try LinearGaussian(spread: 1.8).model
  let estimates = try [1, 4, 32, 2000].map { samples in
    var key = RandomKey(seed: 5)
    let data = ListedRows(values: rows + rows + rows + rows, batchSize: 16)
    return try #require(
      try model.evaluate(on: data, importanceSamples: samples, using: &key).logLikelihood)
  }
  #expect(estimates == estimates.sorted())
  #expect(estimates[0] < exact - 0.3)
  #expect(abs(estimates[3] - exact) < 0.02)
}

@Test func oneSampleGivesTheBoundOnAverage() throws {
  let model = try LinearGaussian(spread: 1.8).model
  var key = RandomKey(seed: 7)
  let many = ListedRows(values: Array(repeating: rows, count: 400).flatMap { $0 }, batchSize: 1000)
  let result = try model.evaluate(on: many, importanceSamples: 1, using: &key)
  #expect(abs((result.logLikelihood ?? .nan) - (result.elbo ?? .nan)) < 0.1)
}

@Test func dimensionsShareTheDivergence() throws {
  var key = RandomKey(seed: 9)
  let result = try LinearGaussian(spread: 1).model.evaluate(
    on: ListedRows(values: rows, batchSize: 5), using: &key)
  let shares = try #require(result.klPerDimension)
  #expect(abs(shares.reduce(0, +) - (result.kl ?? .nan)) < 1e-9)
  #expect(result.logLikelihood == nil)
}

@Test func aConstantDimensionIsNotActive() {
  let evaluation = Evaluation(
    exampleCount: 3, reconstruction: 2, kl: 1, codeVariance: [0.009, 0.011, 3])
  #expect(evaluation.activeUnits == 2)
  #expect(evaluation.elbo == -3)
}

@Test func codeVarianceIsThePopulationVarianceOfTheMeans() throws {
  var key = RandomKey(seed: 9)
  let result = try LinearGaussian(spread: 1).model.evaluate(
    on: ListedRows(values: rows, batchSize: 5), using: &key)
  let means = rows.map { (2 * $0[0] - $0[1]) / 5.25 }
  let mean = means.reduce(0, +) / 17
  let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 17
  #expect(abs(result.codeVariance[0] - variance) < 1e-9)
}

private let impossible = -Double.infinity
private let sets: [(values: [Double], expected: Double)] = [
  ([0, 0], 0), ([-1000, -1000], -1000), ([1000, impossible], 999.3068528194401),
  ([impossible, impossible], impossible), ([-5, 3, impossible], 1.9017231177047862),
]

@Test(arguments: sets.indices)
func logMeanExpNeverOverflows(index: Int) {
  var mean = LogMeanExp(count: 1)
  for value in sets[index].values { mean.add([value]) }
  let expected = sets[index].expected
  #expect(mean.result[0] == expected || abs(mean.result[0] - expected) < 1e-9)
}

@Test func squaredErrorIsTheMeanOverElements() throws {
  let source = ListedRows(values: rows, batchSize: 6)
  let model = try LinearGaussian(spread: 1).model
  var sum = 0.0
  for row in rows {
    let back = model.reconstruct(Tensor(row, shape: [1, 3])).doubles
    sum += zip(row, back).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
  #expect(abs(try model.squaredError(on: source) - sum / 51) < 1e-9)
}
