import BernoulliFamily
import Layers
import TensorCore
import Testing
import VAECore
import VAEEvaluation

/// Every kind is evaluated like any other.
@Suite struct EvaluationTests {
  private func check<M: LatentModel>(
    _ model: M, on source: some BatchSource<Batch<M.Observation>>, divides: Bool
  ) throws {
    var key = RandomKey(seed: 9)
    let found = try model.evaluate(on: source, importanceSamples: 30, using: &key)
    let (elbo, bound) = (try #require(found.elbo), try #require(found.logLikelihood))
    #expect(found.exampleCount == source.exampleCount && elbo.isFinite)
    // One sample an example against thirty of each: apart by more than the noise of the first.
    #expect(bound > elbo - 1, "\(bound) \(elbo)")
    #expect(found.codeVariance.count == model.latentCount)
    #expect((found.klPerDimension != nil) == divides)
    if let shares = found.klPerDimension {
      #expect(abs(shares.reduce(0, +) - (found.kl ?? .nan)) < 1e-3)
    }
    // Of several sites nobody knows which code belongs to which.
    #expect((found.mutualInformation != nil) == (model.codeSites.count == 1))
    let codes = try model.allCodes(of: source)
    #expect(codes.shape == [source.exampleCount, model.latentCount] && codes.isFinite)
  }

  @Test func ofEveryKind() throws {
    var key = RandomKey(seed: 1)
    try check(gaussianVAE(), on: Boxes(), divides: true)
    try check(TopDownVAE(levels: 3, using: &key), on: Boxes(), divides: true)
    try check(VectorQuantized(using: &key), on: Boxes(), divides: false)
    try check(
      ConditionalVAE(classCount: 4, using: &key), on: Boxes().labelled(), divides: true)
    try check(
      CountVAE(using: &key), on: Boxes().map { counts(of: $0.observations, RandomKey(seed: 5)) },
      divides: true)
    try check(ProductOfExperts(using: &key), on: Boxes().map { TwoViews.of($0) }, divides: true)
  }

  /// The information of a quantized code is what its indices tell of their example.
  @Test func informationOfIntegers() throws {
    var key = RandomKey(seed: 1)
    let model = VectorQuantized(using: &key)
    let information = try #require(
      try model.evaluate(on: Boxes(), using: &key).mutualInformation)
    // The logarithm of how many examples there are, less what those that share a code cannot tell.
    let codes = try model.allCodes(of: Boxes())
    let rows = (0..<160).map { Array(codes.floats[($0 * 4)..<($0 * 4 + 4)]) }
    let groups = Dictionary(grouping: rows) { $0 }.values.map { Double($0.count) }
    let logs = groups.map { count in
      count / 160 * Variable(Tensor(160 / count, dtype: .float64)).log().value.item
    }
    #expect(abs(information - logs.reduce(0, +)) < 1e-3)
  }
}
