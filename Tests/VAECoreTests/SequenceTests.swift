import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

@Suite struct SequenceTests {
  private let x = Sequences(padding: [[5, 2], [4, 6, 7, 2], [2]])

  @Test func listsArePaddedToTheLongest() {
    #expect(x.values == Tensor([5, 2, 0, 0, 4, 6, 7, 2, 2, 0, 0, 0], shape: [3, 4]))
    #expect(x.lengths == [2, 4, 1] && x.count == 3 && x.time == 4 && x.areTokens)
    #expect(x.mask().floats == [1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0])
    #expect(x.mask(.float64).dtype == .float64)
  }

  @Test func framesArePaddedToTheLongest() {
    let x = Sequences(padding: [
      Tensor([1, 2] as [Float], shape: [1, 2]), Tensor([3, 4, 5, 6] as [Float], shape: [2, 2]),
    ])
    #expect(x.values == Tensor([1, 2, 0, 0, 3, 4, 5, 6] as [Float], shape: [2, 2, 2]))
    #expect(x.lengths == [1, 2] && !x.areTokens)
  }

  @Test func rowsLoseThePaddingThatAllOfThemHave() {
    let rows = x.rows(1..<3)
    #expect(rows.values == Tensor([4, 6, 7, 2, 2, 0, 0, 0], shape: [2, 4]))
    #expect(x.rows(2..<3).values == Tensor([2], shape: [1, 1]) && x.rows(2..<3).lengths == [1])
  }

  @Test func batchesAreJoinedAtTheLongestLength() {
    let joined = Sequences(joining: [x.rows(2..<3), x.rows(0..<1)])
    #expect(joined.values == Tensor([2, 0, 5, 2], shape: [2, 2]) && joined.lengths == [1, 2])
  }

  @Test func aDecoderReadsTheStepBefore() {
    #expect(
      x.precedingSteps == Tensor([1, 5, 2, 0, 1, 4, 6, 7, 1, 2, 0, 0], shape: [3, 4]))
    let frames = Sequences(padding: [Tensor([3, 4, 5, 6] as [Float], shape: [2, 2])])
    #expect(frames.precedingSteps == Tensor([0, 0, 3, 4] as [Float], shape: [1, 2, 2]))
  }

  @Test(arguments: [[0, 1], [1], [1, 4]]) func lengthsThatDoNotFitTrap(lengths: [Int]) async {
    await #expect(processExitsWith: .failure) { [lengths] in
      _ = Sequences(values: .zeros([2, 3], dtype: .int32), lengths: lengths)
    }
  }
}

@Suite struct SequenceCompositionTests {
  /// A model whose parts' sizes are given one by one.
  private func compose(
    features: (encoder: Int, posterior: Int) = (3, 3),
    latent: (posterior: Int, prior: Int, decoder: Int) = (2, 2, 2),
    vocabulary: (encoder: Int, decoder: Int, likelihood: Int) = (7, 7, 7)
  ) throws -> String? {
    var key = RandomKey(seed: 1)
    do throws(CompositionError) {
      _ = try SequenceVAE(
        encoder: MinimalSequenceEncoder(
          format: .tokens(vocabularySize: vocabulary.encoder), featureCount: features.encoder,
          using: &key),
        posterior: MinimalPosterior(
          featureCount: features.posterior, latentCount: latent.posterior, using: &key),
        prior: MinimalPrior(latentCount: latent.prior),
        decoder: MinimalSequenceDecoder(
          format: .tokens(vocabularySize: vocabulary.decoder), latentCount: latent.decoder,
          using: &key), likelihood: MinimalTokenLikelihood(vocabularySize: vocabulary.likelihood))
      return nil
    } catch { return error.description }
  }

  @Test func partsThatDoNotFitAreNamedOnBothSides() throws {
    #expect(try compose() == nil)
    #expect(
      try compose(features: (3, 4)) == "the encoder gives 3 features, but the posterior reads 4")
    #expect(
      try compose(latent: (2, 3, 2)) == "latent sizes differ: posterior 2, prior 3, decoder 2")
    #expect(
      try compose(vocabulary: (7, 8, 7))
        == "the likelihood needs parameters [7] for observations [7], but the decoder gives [8]")
    #expect(
      try compose(vocabulary: (8, 7, 7))
        == "the encoder reads steps [8], but the likelihood has 7 tokens")
  }
}

@Suite struct PerFrameTests {
  private let x = Sequences(padding: [
    Tensor([1, 2, 3, 4, 0, 1] as [Float], shape: [3, 2]),
    Tensor([5, 7] as [Float], shape: [1, 2]),
  ])

  /// Half the squared error of real frames and a constant a number, by hand.
  @Test func paddingCountsNothing() throws {
    var means = [Float](repeating: 1, count: 12)
    means[8...11] = [100, -100, 50, 7]  // padding of the second sequence
    let parameters = Variable(Tensor(means, shape: [2, 3, 2]))
    var context = Context.inference()
    let log = try #require(
      PerFrame(MinimalLikelihood()).logProbability(of: x, given: parameters, &context))
    let constant = 0.9189385332046727  // half of log 2π
    // Squared errors: 0 + 1 + 4 + 9 + 1 + 0, and 16 + 36.
    let expected = [-7.5 - 6 * constant, -26 - 2 * constant]
    #expect(log.shape == [2])
    #expect(zip(log.value.doubles, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func meansAndSamplesHaveEveryStep() {
    let likelihood = PerFrame(MinimalLikelihood())
    let parameters = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [1, 3, 2])
    let mean = likelihood.mean(given: parameters)
    #expect(mean.values == parameters && mean.lengths == [3])
    var key = RandomKey(seed: 2)
    let sample = likelihood.sample(given: parameters, using: &key)
    #expect(sample.values.shape == [1, 3, 2] && sample.values != parameters)
  }

  @Test func framesWithoutMeaningAreRefused() {
    let likelihood = PerFrame(MinimalLikelihood())
    #expect(throws: Never.self) { try likelihood.validate(x) }
    #expect(throws: ObservationError.self) {
      try likelihood.validate(Sequences(padding: [Tensor([1, .nan] as [Float], shape: [1, 2])]))
    }
  }
}
