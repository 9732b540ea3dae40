import Foundation
import GaussianFamily
import Layers
import TensorCore
import Testing
import VAECore

@testable import VAEEvaluation

/// Codes z = m + s ε with m ~ N(0, v I): I = ½ Σ log(1 + v / s²) nats.
private func estimate(variance: Double, count: Int, batchSize: Int, codes: Int = 2) -> Double {
  var key = RandomKey(seed: 4)
  var aggregate = AggregatePosterior()
  var context = Context.inference(RandomKey(seed: 5))
  for start in stride(from: 0, to: count, by: batchSize) {
    let shape: Shape = [min(batchSize, count - start), codes]
    let q = DiagonalGaussian(
      mean: Variable(key.normal(shape, deviation: variance.squareRoot())),
      logVariance: Variable(.zeros(shape)))
    context.drawing = Drawing()
    _ = context.draw(
      "z", prior: StandardNormal(shape: shape), posterior: q)
    for site in context.sites { aggregate.add(site) }
  }
  return aggregate.mutualInformation ?? .nan
}

@Suite struct MeasuresTests {
  /// log(1 + v), with two codes; one code an example spreads the estimate by about 1 / √count.
  @Test(arguments: [0.1, 1, 6])
  func mutualInformationOfAGaussianChannel(variance: Double) {
    let estimate = estimate(variance: variance, count: 1500, batchSize: 500)
    #expect(abs(estimate - log(1 + variance)) < 0.06, "\(estimate)")
  }

  @Test func aCollapsedPosteriorTellsNothing() {
    #expect(abs(estimate(variance: 0, count: 100, batchSize: 30)) < 1e-5)
  }

  /// Codes that name their example tell all that a sample of so many can show.
  @Test func mutualInformationIsAtMostTheLogarithmOfTheSample() {
    let estimate = estimate(variance: 1e8, count: 100, batchSize: 30)
    #expect(abs(estimate - log(100)) < 1e-5)
  }

  @Test func theSampleIsSpreadOverTheData() throws {
    let rows: [[Double]] = (0..<50).map { [Double($0 % 7) - 3, Double($0 % 3), 0] }
    let model = try LinearGaussian(spread: 1).model
    func seen(_ examples: Int) throws -> Int? {
      var key = RandomKey(seed: 1)
      return try model.evaluate(
        on: ListedRows(values: rows, batchSize: 10), informationExamples: examples, using: &key
      ).mutualInformationExamples
    }
    #expect(try [0, 5, 10, 25, 49, 50, 900].map(seen) == [nil, 10, 10, 20, 30, 50, 50])
  }

  /// Two sentences of 3 and 5 tokens, ends counted; each token has probability 1/4.
  @Test func perplexityCountsEveryToken() throws {
    var evaluation = Evaluation(
      exampleCount: 2, reconstruction: 4 * log(4), kl: 2, codeVariance: [1],
      steps: Evaluation.Steps(count: 8, areTokens: true))
    #expect(abs((evaluation.nllPerStep ?? 0) - (log(4) + 0.5)) < 1e-12)
    #expect(abs((evaluation.perplexity ?? 0) - 4 * exp(0.5)) < 1e-12)
    #expect(evaluation.importanceWeightedPerplexity == nil)
    evaluation.logLikelihood = -4 * log(4)
    #expect(abs((evaluation.importanceWeightedPerplexity ?? 0) - 4) < 1e-12)
    #expect(
      evaluation.measures.map(\.name) == [
        "active_units", "iw_nll", "nll_per_token", "iw_nll_per_token", "perplexity",
        "iw_perplexity",
      ])
    evaluation.steps?.areTokens = false
    #expect(
      evaluation.measures.map(\.name) == [
        "active_units", "iw_nll", "nll_per_frame", "iw_nll_per_frame",
      ])
  }

  @Test func stepsAreThoseThatAreReal() {
    let tokens = Sequences(padding: [[5, 4, 2], [2]] as [[Int32]])
    #expect(Evaluation.Steps(of: tokens) == Evaluation.Steps(count: 4, areTokens: true))
    #expect(Evaluation.Steps(of: Tensor.zeros([2, 3])) == nil)
  }
}

@Suite struct CollapseWatchTests {
  /// The epochs, counted from 1, in which a collapse is told of, and whether it stands in the end.
  private func told(
    _ kl: [Double], variances: [Double] = [1, 1], warmUp: Int = 0
  ) -> (epochs: [Int], stands: Bool) {
    var watch = CollapseWatch()
    let epochs = kl.enumerated().compactMap { index, kl in
      let evaluation = Evaluation(
        exampleCount: 10, reconstruction: 5, kl: kl, codeVariance: variances)
      return watch.warning(evaluation, isWarmingUp: index < warmUp) == nil ? nil : index + 1
    }
    return (epochs, watch.standing != nil)
  }

  private let vanished = [Double](repeating: 0.01, count: 6)

  @Test func aCollapseThatLastsIsToldOnce() {
    #expect(told([0.4, 0.05, 0.01, 0.01, 0.01, 0.01, 0.01]) == ([6], true))
    #expect(told(vanished) == ([6], true))
  }

  @Test func whatCuresItselfIsNotTold() {
    #expect(told([0.4, 0.05, 0.01, 0.3, 2, 3]) == ([], false))
    #expect(told([0.001, 0.01, 0.09, 3, 9]) == ([], false))
    // Digits under convolutions.
    #expect(told([0.031, 0.022, 0.02, 0.39, 3.7, 8]) == ([], false))
    // Slowly.
    #expect(told([0.001, 0.0012, 0.0015, 0.002, 0.004, 0.03, 0.2]) == ([], false))
    // So short a run that nobody knows.
    #expect(told([0.01]) == ([], false))
  }

  @Test func epochsOfTheWarmUpDoNotCount() {
    #expect(told(vanished, warmUp: 6) == ([], true))
    #expect(told(vanished + [0.01, 0.01], warmUp: 3) == ([8], true))
    #expect(told([0.01, 0.01, 0.01, 5, 6, 7], warmUp: 3) == ([], false))
  }

  @Test func aCollapseThatComesAgainIsToldAgain() {
    #expect(told(vanished + [3] + vanished) == ([6, 12], true))
    #expect(told(vanished + [0.011, 0.1, 4]) == ([6], false))
  }

  /// Noise in a KL that has vanished puts nothing off for ever.
  @Test func noiseIsNoRise() {
    #expect(told([0.001, 0.001, 0.0012, 0.001, 0.0012, 0.001, 0.001, 0.001]).epochs == [8])
  }

  @Test func unusedCodesAreTold() {
    let silent = [Double](repeating: 0.001, count: 19)
    #expect(told([2, 2, 2, 2, 2, 2], variances: silent + [1]).epochs == [6])
    #expect(told([2, 2, 2, 2, 2, 2], variances: silent + [1, 1, 1]).epochs == [])
  }

  @Test func theWordsSayWhatIsSeenAndWhatToTry() {
    var watch = CollapseWatch()
    let evaluation = Evaluation(
      exampleCount: 10, reconstruction: 5, kl: 0.0214, codeVariance: [0, 0, 0])
    let told = (0..<8).compactMap { _ in watch.warning(evaluation) }
    for words in told + [watch.standing ?? ""] {
      #expect(words.contains("KL is 0.021 nats an example and 0 of 3 codes are active"))
      #expect(words.contains("free bits"))
    }
    #expect(told.count == 1)
  }
}
