import TensorCore
import Testing

@testable import VAEEvaluation

private struct Golden: Decodable {
  struct Layout: Decodable {
    var divergence, trustworthiness: Double
  }

  var points, components: [[Double]]
  var labels: [Int]
  var mean, variances, ratios: [Double]
  var tsne: [String: Layout]

  static func values() throws -> Golden { try golden("embedding.json") }
}

/// How far the neighbours in a layout are neighbours among the points too, 0 to 1.
///
/// Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", ICANN 2001.
private func trustworthiness(of layout: Tensor, for points: Tensor, neighbours k: Int) -> Double {
  let n = points.shape[0]
  let near = NearestNeighbours(layout)(of: layout, count: k, excludesItself: true)
  let order = NearestNeighbours(points)(of: points, count: n - 1, excludesItself: true)
  var penalty = 0
  for (near, order) in zip(near, order) {
    for place in near { penalty += max(0, (order.firstIndex(of: place) ?? n) + 1 - k) }
  }
  return 1 - 2 * Double(penalty) / Double(n * k * (2 * n - 3 * k - 1))
}

@Suite struct Embedding {
  @Test func principalComponentsAgreeWithScikitLearn() throws {
    let expected = try Golden.values()
    let points = Tensor(rows: expected.points)
    let found = PrincipalComponents(points, count: 8)
    #expect(distance(found.mean.doubles, expected.mean) < 1e-9)
    #expect(distance(found.variances, expected.variances) < 1e-9)
    #expect(distance(found.shares, expected.ratios) < 1e-12)
    #expect(distance(found.directions.doubles, expected.components.flatMap { $0 }) < 1e-9)
    #expect(found(points).shape == [200, 8])
    #expect(PrincipalComponents(points, count: 2).shares == Array(found.shares.prefix(2)))
  }

  @Test func pointsOnALineHaveOneDirection() {
    let points = Tensor([0.0, 0, 3, 4, 6, 8], shape: [3, 2])
    let found = PrincipalComponents(points, count: 5)
    #expect(distance(found.directions.sliced(along: 0, 0..<1).doubles, [0.6, 0.8]) < 1e-12)
    #expect(distance(found.variances, [25, 0]) < 1e-12)
    #expect(distance(found(points).sliced(along: 1, 0..<1).doubles, [-5, 0, 5]) < 1e-12)
    #expect(PrincipalComponents(points.sliced(along: 0, 0..<1), count: 2).shares == [0, 0])
  }

  @Test(arguments: [15]) func layoutsAreAsGoodAsScikitLearns(perplexity: Int) throws {
    let golden = try Golden.values()
    let expected = try #require(golden.tsne["\(perplexity)"])
    let points = Tensor(rows: golden.points)
    var key = RandomKey(seed: 3)
    let found = TSNE(points, perplexity: Double(perplexity), steps: 500, using: &key)
    let divergence = try #require(found.divergences.last)
    #expect(found.divergences == found.divergences.sorted(by: >))
    #expect(divergence < expected.divergence * 1.1 && divergence > expected.divergence * 0.7)
    let trust = trustworthiness(of: found.coordinates, for: points, neighbours: 10)
    #expect(trust > expected.trustworthiness - 0.005)
  }

  /// Groups at the corners of a wide tetrahedron: nearest neighbours keep to their group.
  @Test func groupsStayApartAndTheKeyDecides() {
    var key = RandomKey(seed: 5)
    let corners = Tensor([0.0, 0, 0, 30, 0, 0, 0, 30, 0, 0, 0, 30], shape: [4, 3])
    let labels = (0..<80).map { $0 % 4 }
    let points =
      corners.gathered(Tensor(labels, shape: [80]), along: 0)
      + key.normal([80, 3], dtype: .float64)
    var (first, second, third) = (key, key, RandomKey(seed: 6))
    let found = TSNE(points, perplexity: 10, steps: 300, using: &first).coordinates
    let near = NearestNeighbours(found)(of: found, count: 10, excludesItself: true)
    for (point, places) in near.enumerated() {
      #expect(places.allSatisfy { labels[$0] == labels[point] })
    }
    #expect(found == TSNE(points, perplexity: 10, steps: 300, using: &second).coordinates)
    #expect(found != TSNE(points, perplexity: 10, steps: 300, using: &third).coordinates)
  }

  @Test(arguments: [0, 1, 2, 3, 4, 9], [1, 3]) func fewPointsAreNoTrap(count: Int, width: Int) {
    var key = RandomKey(seed: 5)
    for points in [key.normal([count, width]), Tensor(repeating: 1, shape: [count, width])] {
      let found = TSNE(points, steps: 60, using: &key)
      #expect(found.coordinates.shape == [count, 2] && found.coordinates.isFinite)
    }
  }
}
