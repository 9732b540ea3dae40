import TensorCore
import Testing

@testable import VAEEvaluation

private struct Golden: Decodable {
  struct Agreement: Decodable {
    var clusters, labels: [Int]
    var normalizedMutualInformation, adjustedRandIndex, matchedAccuracy: Double
  }

  struct Mixture: Decodable {
    var logLikelihood: Double
    var weights: [Double]
    var clusters: [Int]
  }

  struct Blobs: Decodable {
    var points: [[Double]]
    var labels: [Int]
    var inertia: Double
    var diagonal, full: Mixture
  }

  var agreement: [Agreement]
  var blobs: Blobs

  static func values() throws -> Golden { try golden("clustering.json") }
}

@Suite struct Clustering {
  @Test func kMeansFindsWhatScikitLearnFinds() throws {
    let blobs = try Golden.values().blobs
    var key = RandomKey(seed: 1)
    let found = KMeans(Tensor(rows: blobs.points), clusterCount: 4, using: &key)
    #expect(abs(found.inertia - blobs.inertia) < 1e-9 * blobs.inertia)
    #expect(found.centers.shape == [4, 3])
    #expect(ClusterAgreement(clusters: found.clusters, labels: blobs.labels).matchedAccuracy > 0.9)
    var again = RandomKey(seed: 1)
    let repeated = KMeans(Tensor(rows: blobs.points), clusterCount: 4, using: &again)
    #expect(repeated.clusters == found.clusters && repeated.centers == found.centers)
  }

  /// Two thirds of the points are one and the same, so that seeds fall together.
  @Test func noClusterIsEmptyWhereThereAreEnoughPlaces() {
    let points = Tensor([0.0, 0, 0, 0, 0, 0, 5, 6, 9], shape: [9, 1])
    for seed in 0..<20 {
      var key = RandomKey(seed: UInt64(seed))
      let found = KMeans(points, clusterCount: 4, starts: 1, using: &key)
      #expect(Set(found.clusters).count == 4 && found.inertia == 0)
    }
  }

  @Test func fewerPlacesThanClustersAreNoTrap() {
    var key = RandomKey(seed: 1)
    let same = KMeans(Tensor(repeating: 3, shape: [5, 2]), clusterCount: 3, using: &key)
    #expect(same.inertia == 0 && same.centers.isFinite)
    let each = KMeans(Tensor([1.0, 2, 4], shape: [3, 1]), clusterCount: 3, using: &key)
    #expect(Set(each.clusters).count == 3 && each.inertia == 0)
    let one = KMeans(Tensor([1.0, 2, 6], shape: [3, 1]), clusterCount: 1, using: &key)
    #expect(one.centers.doubles == [3] && one.inertia == 14)
  }

  @Test(arguments: GaussianMixture.Covariance.allCases)
  func mixturesFindWhatScikitLearnFinds(covariance: GaussianMixture.Covariance) throws {
    let blobs = try Golden.values().blobs
    let expected = covariance == .full ? blobs.full : blobs.diagonal
    var key = RandomKey(seed: 2)
    let found = GaussianMixture(
      Tensor(rows: blobs.points), componentCount: 4, covariance: covariance, iterations: 1000,
      tolerance: 1e-10, using: &key)
    #expect(abs((found.logLikelihoods.last ?? .nan) - expected.logLikelihood) < 1e-5)
    #expect(distance(found.weights.sorted(), expected.weights) < 1e-3)
    let agreement = ClusterAgreement(clusters: found.clusters, labels: expected.clusters)
    #expect(agreement.matchedAccuracy == 1)
  }

  @Test(arguments: GaussianMixture.Covariance.allCases, [1, 3, 7])
  func everyStepRaisesTheLikelihood(covariance: GaussianMixture.Covariance, components: Int) throws
  {
    let points = Tensor(rows: try Golden.values().blobs.points)
    var key = RandomKey(seed: 4)
    let found = GaussianMixture(
      points, componentCount: components, covariance: covariance, regularization: 0,
      iterations: 40, tolerance: 0, using: &key)
    let steps = zip(found.logLikelihoods, found.logLikelihoods.dropFirst())
    for (before, after) in steps { #expect(after >= before - 1e-12) }
    #expect(abs(found.weights.reduce(0, +) - 1) < 1e-9)
  }

  /// One Gaussian is the sample's own: mean, covariance and so the density are known.
  @Test func oneComponentIsTheSample() {
    var key = RandomKey(seed: 4)
    let found = GaussianMixture(
      Tensor([1.0, 3, 5, 7], shape: [4, 1]), componentCount: 1, regularization: 0, using: &key)
    #expect(found.means.doubles == [4] && found.weights == [1])
    // -(log 2π + log 5 + 1) / 2
    #expect(abs((found.logLikelihoods.last ?? 0) + 2.2236574894217228) < 1e-12)
  }

  @Test(arguments: GaussianMixture.Covariance.allCases)
  func pointsWithoutSpreadAreNoTrap(covariance: GaussianMixture.Covariance) {
    var key = RandomKey(seed: 4)
    let found = GaussianMixture(
      Tensor(repeating: 2, shape: [6, 3]), componentCount: 2, covariance: covariance, using: &key)
    #expect(found.logLikelihoods.allSatisfy { $0.isFinite })
  }
}

@Suite struct Agreement {
  @Test func agreesWithScikitLearn() throws {
    for expected in try Golden.values().agreement {
      let found = ClusterAgreement(clusters: expected.clusters, labels: expected.labels)
      let mutual = found.normalizedMutualInformation - expected.normalizedMutualInformation
      #expect(abs(mutual) < 1e-9)
      #expect(abs(found.adjustedRandIndex - expected.adjustedRandIndex) < 1e-9)
      #expect(abs(found.matchedAccuracy - expected.matchedAccuracy) < 1e-12)
    }
  }

  @Test(
    arguments: [
      ([0, 0, 1, 1], [1, 1, 0, 0], 1, 1), ([0, 0, 0, 0], [0, 0, 0, 0], 1, 1), ([], [], 1, 1),
      ([0, 0, 0, 0], [0, 1, 2, 3], 0, 0.25), ([0, 1, 0, 1], [0, 0, 1, 1], 0, 0.5),
      ([0, 1, 2, 3], [0, 0, 1, 1], 2 / 3.0, 0.5),
    ] as [([Int], [Int], Double, Double)])
  func knownCases(clusters: [Int], labels: [Int], mutual: Double, accuracy: Double) {
    let found = ClusterAgreement(clusters: clusters, labels: labels)
    #expect(abs(found.normalizedMutualInformation - mutual) < 1e-12)
    #expect(found.matchedAccuracy == accuracy)
  }

  @Test(
    arguments: [
      ([[7, 5, 11], [5, 4, 1], [9, 3, 2]], 24), ([[1, 2, 3], [2, 4, 6], [3, 6, 9]], 14),
      ([[1], [5], [2]], 5), ([[4, 9, 1]], 9), ([[-1, -5], [-5, -30]], -10), ([], 0),
    ] as [([[Double]], Double)])
  func assignmentsAreTheBest(benefits: [[Double]], total: Double) {
    #expect(Assignment(benefits: benefits).total == total)
  }

  /// Every order of six rows tried by hand.
  @Test func noOrderIsBetter() {
    func orders(_ items: [Int]) -> [[Int]] {
      items.isEmpty
        ? [[]] : items.flatMap { item in orders(items.filter { $0 != item }).map { [item] + $0 } }
    }
    for seed in 0..<5 {
      var key = RandomKey(seed: UInt64(seed))
      let values = key.uniform([36], dtype: .float64).doubles
      let table = (0..<6).map { Array(values[($0 * 6)..<($0 * 6 + 6)]) }
      let best = orders(Array(0..<6)).map { order in
        zip(table, order).reduce(0) { $0 + $1.0[$1.1] }
      }.max()
      let found = Assignment(benefits: table)
      #expect(abs(found.total - (best ?? .nan)) < 1e-12)
      #expect(Set(found.columns.compactMap { $0 }).count == 6)
    }
  }
}
