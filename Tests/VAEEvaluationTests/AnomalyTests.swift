import TensorCore
import Testing

@testable import VAEEvaluation

@Suite struct Anomalies {
  private let rows: [[Double]] = [
    [1, 2, 0.5], [0, 0, 0], [9, -7, 4], [0.1, -0.2, 0.3], [-2, 1, 0],
  ]

  private func surprisals(
    _ score: AnomalyScore, samples: Int = 4, batchSize: Int = 2
  ) throws -> [Double] {
    var key = RandomKey(seed: 1)
    return try LinearGaussian(spread: 1).model.surprisals(
      on: ListedRows(values: rows, batchSize: batchSize), by: score, samples: samples, using: &key)
  }

  /// With the exact posterior the importance-weighted estimate is exact, whatever was sampled.
  @Test(arguments: [1, 4], [2, 5]) func likelihoodIsTheDensity(samples: Int, batchSize: Int) throws
  {
    let found = try surprisals(.likelihood, samples: samples, batchSize: batchSize)
    #expect(distance(found, rows.map { -LinearGaussian.logProbability(of: $0) }) < 1e-9)
  }

  @Test func theBoundIsTightUpToSampling() throws {
    let found = try surprisals(.elbo, samples: 4000)
    #expect(distance(found, rows.map { -LinearGaussian.logProbability(of: $0) }) < 0.1)
  }

  /// The bound is the reconstruction and the divergence, which is never negative.
  @Test func reconstructionLeavesTheDivergenceOut() throws {
    let (bound, reconstruction) = (try surprisals(.elbo), try surprisals(.reconstruction))
    #expect(zip(bound, reconstruction).allSatisfy { $0 > $1 })
  }

  /// The posterior's mean is Wᵀx over (|column|² + s²); log p of it is the standard normal's.
  @Test func typicalityAsksTheCodeAlone() throws {
    let (weight, noise) = (LinearGaussian.weight, LinearGaussian.noise)
    let expected = rows.map { x in
      let codes = (0..<2).map { column in
        let norm = weight.reduce(0) { $0 + $1[column] * $1[column] }
        return zip(weight, x).reduce(0) { $0 + $1.0[column] * $1.1 } / (norm + noise * noise)
      }
      return codes.reduce(1.8378770664093453) { $0 + $1 * $1 / 2 }
    }
    #expect(distance(try surprisals(.typicality), expected) < 1e-9)
  }

  @Test(arguments: AnomalyScore.allCases) func farRowsAreStrangest(score: AnomalyScore) throws {
    let found = try surprisals(score)
    let scores = AnomalyDetector(score, normal: [found[1], found[3]], quantile: 1)
      .scores(of: found)
    #expect(scores.firstIndex(of: scores.max() ?? 0) == 2)
  }

  @Test(
    arguments: [
      (0, 1), (1, 5), (0.5, 3), (0.25, 2), (0.9, 4.6),
    ] as [(Double, Double)])
  func theThresholdIsAQuantile(quantile: Double, threshold: Double) {
    let detector = AnomalyDetector(.elbo, normal: [5, 1, 4, 2, 3], quantile: quantile)
    #expect(abs(detector.threshold - threshold) < 1e-12)
    #expect(detector.isAnomalous(threshold + 0.1) && !detector.isAnomalous(threshold - 0.1))
    #expect(detector.isAnomalous(.nan) && detector.scores(of: [-7]) == [-7])
  }

  @Test func typicalityIsADistance() {
    let detector = AnomalyDetector(.typicality, normal: [4, 6], quantile: 1)
    #expect(detector.center == 5 && detector.threshold == 1)
    #expect(detector.scores(of: [3, 5, 9]) == [2, 0, 4])
  }
}
