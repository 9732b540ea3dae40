import TensorCore
import Testing

@testable import VAEEvaluation

private struct Golden: Decodable {
  struct Classification: Decodable {
    var logits: [[Double]]
    var labels: [Int]
    var classCount: Int
    var accuracy, topTwo, negativeLogLikelihood, calibrationError: Double
    var confusion: [[Int]]
    var precision, recall, f1, macro: [Double]
  }

  struct Ranking: Decodable {
    var scores: [Double]
    var isPositive: [Bool]
    var areaUnderROC, averagePrecision: Double
  }

  struct Neighbours: Decodable {
    var points, queries: [[Double]]
    var labels, predictions: [Int]
    var nearest: [[Int]]
  }

  var classification: [Classification]
  var ranking: [Ranking]
  var neighbours: Neighbours

  static func values() throws -> Golden { try golden("classification.json") }
}

@Suite struct Classification {
  @Test func agreesWithScikitLearn() throws {
    for expected in try Golden.values().classification {
      let found = ClassificationMetrics(
        logits: Tensor(rows: expected.logits), labels: expected.labels)
      let confusion = found.confusion
      #expect(confusion.counts == expected.confusion)
      #expect(distance(confusion.precision, expected.precision) < 1e-12)
      #expect(distance(confusion.recall, expected.recall) < 1e-12)
      #expect(distance(confusion.f1, expected.f1) < 1e-12)
      let macro = [confusion.precision, confusion.recall, confusion.f1]
        .map { confusion.macroAverage(of: $0) }
      #expect(distance(macro, expected.macro) < 1e-12)
      #expect(abs(found.accuracy - expected.accuracy) < 1e-12)
      #expect(abs(found.topAccuracy(2) - expected.topTwo) < 1e-12)
      #expect(abs(found.negativeLogLikelihood - expected.negativeLogLikelihood) < 1e-9)
      #expect(abs(found.calibrationError - expected.calibrationError) < 1e-9)
    }
  }

  /// Two of three right: classes 0 and 1 are seen, class 2 is neither true nor given.
  @Test func classesThatNeverOccurCountNothing() {
    let counts = ConfusionCounts(labels: [0, 0, 1], predictions: [0, 0, 0], classCount: 3)
    #expect(counts.counts == [[2, 0, 0], [1, 0, 0], [0, 0, 0]])
    #expect(counts.precision == [2 / 3, 0, 0] && counts.recall == [1, 0, 0])
    #expect(counts.f1 == [0.8, 0, 0])
    #expect(counts.macroAverage(of: counts.f1) == 0.4)
    #expect(counts.accuracy == 2 / 3 && counts.exampleCount == 3)
  }

  @Test func equalScoresRankByNumber() {
    let found = ClassificationMetrics(
      logits: Tensor(repeating: 1, shape: [3, 3]), labels: [0, 1, 2])
    #expect(found.ranks == [0, 1, 2])
    #expect(found.accuracy == 1 / 3 && found.topAccuracy(2) == 2 / 3 && found.topAccuracy(9) == 1)
  }

  /// Sure of 80 % and right in 3 of 5: 0.2 off; logits far from zero neither overflow nor round.
  @Test(arguments: [0, 5000, -5000] as [Double]) func surenessIsComparedWithSuccess(shift: Double) {
    let row = [shift + 1.3862943611198906, shift]
    let found = ClassificationMetrics(
      logits: Tensor(rows: Array(repeating: row, count: 5)), labels: [0, 0, 0, 1, 1])
    #expect(abs(found.calibrationError - 0.2) < 1e-9)
    #expect(
      abs(found.negativeLogLikelihood + 0.6 * -0.2231435513142097 + 0.4 * -1.6094379124341003)
        < 1e-9)
  }

  @Test func scoresThatAreNoNumbersAreNotHidden() {
    let found = ClassificationMetrics(
      logits: Tensor(rows: [[.nan, .nan], [1, 0]]), labels: [1, 0])
    #expect(found.negativeLogLikelihood.isNaN && found.confusion.exampleCount == 2)
  }

  @Test func anImpossibleTruthIsInfinitelyUnlikely() {
    let found = ClassificationMetrics(logits: Tensor(rows: [[0, -.infinity]]), labels: [1])
    #expect(found.negativeLogLikelihood == .infinity && found.accuracy == 0)
  }
}

@Suite struct Ranking {
  @Test func agreesWithScikitLearn() throws {
    for expected in try Golden.values().ranking {
      let found = try #require(
        RankingMetrics(scores: expected.scores, isPositive: expected.isPositive))
      #expect(abs(found.areaUnderROC - expected.areaUnderROC) < 1e-12)
      #expect(abs(found.averagePrecision - expected.averagePrecision) < 1e-12)
    }
  }

  @Test func knownCases() throws {
    func metrics(_ scores: [Double], _ positive: [Int]) throws -> RankingMetrics {
      try #require(RankingMetrics(scores: scores, isPositive: positive.map { $0 == 1 }))
    }
    let perfect = try metrics([1, 2, 3, 4], [0, 0, 1, 1])
    #expect(perfect.areaUnderROC == 1 && perfect.averagePrecision == 1)
    let worst = try metrics([4, 3, 2, 1], [0, 0, 1, 1])
    #expect(worst.areaUnderROC == 0 && abs(worst.averagePrecision - (1 / 3 + 0.5) / 2) < 1e-12)
    let blind = try metrics([7, 7, 7, 7], [0, 1, 0, 0])
    #expect(blind.areaUnderROC == 0.5 && blind.averagePrecision == 0.25)
    #expect(try metrics([.nan, 9, 1], [1, 0, 0]) == metrics([.infinity, 9, 1], [1, 0, 0]))
    #expect(RankingMetrics(scores: [1, 2], isPositive: [true, true]) == nil)
    #expect(RankingMetrics(scores: [], isPositive: []) == nil)
  }
}

@Suite struct Neighbours {
  @Test(arguments: [DType.float32, .float64]) func agreesWithScikitLearn(dtype: DType) throws {
    let expected = try Golden.values().neighbours
    // Far from the origin, where squared lengths alone would drown the differences.
    let points = (Tensor(rows: expected.points) + 500).converted(to: dtype)
    let queries = (Tensor(rows: expected.queries) + 500).converted(to: dtype)
    #expect(NearestNeighbours(points)(of: queries, count: 5) == expected.nearest)
    let classifier = NeighbourClassifier(points: points, labels: expected.labels, classCount: 3)
    let predictions = classifier(queries).maximum(along: 1).index.integers.map(Int.init)
    #expect(predictions == expected.predictions)
  }

  /// More points than a block holds, on a line, so that the answer is known.
  @Test func findsNeighboursAcrossBlocks() {
    let line = Tensor((0..<9000).map { Double($0 * 7 % 9000) }, shape: [9000, 1])
    let found = NearestNeighbours(line)(of: Tensor([4000.4, -3], shape: [2, 1]), count: 3)
    #expect(found.map { $0.map { $0 * 7 % 9000 } } == [[4000, 4001, 3999], [0, 1, 2]])
  }

  @Test func equallyNearPointsComeInOrderAndAPointIsNotItsOwnNeighbour() {
    let points = Tensor([0.0, 1, -1, 1, -1, 0], shape: [6, 1])
    let neighbours = NearestNeighbours(points)
    #expect(neighbours(of: points.sliced(along: 0, 0..<1), count: 5) == [[0, 5, 1, 2, 3]])
    #expect(
      neighbours(of: points, count: 1, excludesItself: true)
        == [[5], [3], [4], [1], [2], [0]])
  }

  @Test func sharesOfVotesAreProbabilities() {
    let classifier = NeighbourClassifier(
      points: Tensor([0.0, 1, 2], shape: [3, 1]), labels: [0, 0, 1], classCount: 4, votes: 99)
    let shares = Variable(classifier(Tensor([0.0], shape: [1, 1]))).exp().value.doubles
    #expect(distance(shares, [2.25 / 4, 1.25 / 4, 0.25 / 4, 0.25 / 4]) < 1e-12)
  }
}
