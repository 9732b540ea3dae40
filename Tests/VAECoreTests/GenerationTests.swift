import Foundation
import TensorCore
import Testing
import VAETestKit

@testable import VAECore

/// Generation from a model whose every probability is known.
@Suite struct GenerationTests {
  private func generate(
    _ count: Int, by rule: DecodingRule, maximumLength: Int, seed: UInt64 = 5
  ) throws -> [[Int32]] {
    var key = RandomKey(seed: seed)
    let sequences = try TableDecoder.model().generate(
      from: .zeros([count, 1]), by: rule, maximumLength: maximumLength, using: &key)
    return sequences.lengths.enumerated().map { row, length in
      Array(sequences.rows(row..<(row + 1)).values.integers.prefix(length))
    }
  }

  /// Pearson's statistic of what was drawn against probabilities that need not add up to one.
  private func chiSquare(_ drawn: [[Int32]], _ odds: [[Int32]: Double]) -> Double {
    let total = odds.values.reduce(0, +)
    let counts = Dictionary(grouping: drawn) { $0 }.mapValues { Double($0.count) }
    #expect(counts.keys.allSatisfy { odds[$0, default: 0] > 0 })
    return odds.reduce(0) { sum, entry in
      let expected = Double(drawn.count) * entry.value / total
      let difference = counts[entry.key, default: 0] - expected
      return entry.value > 0 ? sum + difference * difference / expected : sum
    }
  }

  private func firstTokens(_ transform: (Double) -> Double = { $0 }) -> [[Int32]: Double] {
    Dictionary(
      uniqueKeysWithValues: (2..<6).map { ([Int32($0)], transform(TableDecoder.table[1][$0])) })
  }

  @Test func greedyTakesTheMostProbableTokenThatMayBeWritten() throws {
    // Padding is as probable as 4 at first, but is never written.
    #expect(try generate(2, by: .greedy, maximumLength: 9) == [[4, 3, 2], [4, 3, 2]])
    #expect(try generate(1, by: .greedy, maximumLength: 2) == [[4, 3]])
    for penalty in [0, 1.0] {
      let beam = DecodingRule.beam(width: 1, lengthPenalty: penalty)
      #expect(try generate(2, by: beam, maximumLength: 9) == [[4, 3, 2], [4, 3, 2]])
    }
  }

  @Test(arguments: [0, 0.5, 1.0, 2], [1, 2, 4])
  func aFullBeamFindsTheBestOfAll(penalty: Double, length: Int) throws {
    let all = TableDecoder.sequences(upTo: length).map {
      ($0.tokens, log($0.probability) / pow(Double($0.tokens.count), penalty))
    }
    let best = try #require(all.max { $0.1 < $1.1 })
    let beam = DecodingRule.beam(width: 256, lengthPenalty: penalty)
    #expect(try generate(3, by: beam, maximumLength: length) == Array(repeating: best.0, count: 3))
  }

  @Test func aBeamFindsWhatGreedyMisses() throws {
    // 5 comes second, but ends at once with 0.75.
    let beam = DecodingRule.beam(width: 2, lengthPenalty: 0)
    #expect(try generate(1, by: beam, maximumLength: 9) == [[5, 2]])
  }

  @Test func frequenciesAreTheProbabilities() throws {
    let drawn = try generate(20_000, by: .sampling(), maximumLength: 2)
    let odds = Dictionary(
      uniqueKeysWithValues: TableDecoder.sequences(upTo: 2).map { sequence in
        // Without padding and the start token, the rest of each step makes up the whole.
        let steps = zip([SpecialToken.start] + sequence.tokens, sequence.tokens)
        let probability = steps.reduce(1.0) { product, step in
          let row = TableDecoder.table[Int(step.0)]
          return product * row[Int(step.1)] / row[2...].reduce(0, +)
        }
        return (sequence.tokens, probability)
      })
    #expect(odds.count == 13)
    #expect(chiSquare(drawn, odds) < 32.9)  // 12 degrees of freedom, p = 0.001
  }

  @Test(arguments: [0.5, 2]) func temperaturesSharpenAndFlatten(temperature: Double) throws {
    let rule = DecodingRule.sampling(temperature: temperature)
    let drawn = try generate(10_000, by: rule, maximumLength: 1)
    #expect(chiSquare(drawn, firstTokens { pow($0, 1 / temperature) }) < 16.3)
  }

  @Test func temperaturesHaveTheirLimits() throws {
    let cold = try generate(50, by: .sampling(temperature: 1e-3), maximumLength: 9)
    #expect(Set(cold) == [[4, 3, 2]])
    let hot = try generate(10_000, by: .sampling(temperature: 1e6), maximumLength: 1)
    #expect(chiSquare(hot, firstTokens { _ in 1 }) < 16.3)
  }

  /// The first token's odds in falling order: 4 (0.30), 5 (0.20), 3 (0.08), 2 (0.02).
  @Test(
    arguments: [
      (topK: 1, nucleus: nil, left: [4]), (topK: 2, nucleus: nil, left: [4, 5]),
      (topK: 9, nucleus: nil, left: [2, 3, 4, 5]), (topK: nil, nucleus: 0.49, left: [4]),
      (topK: nil, nucleus: 0.51, left: [4, 5]), (topK: nil, nucleus: 0.84, left: [3, 4, 5]),
      (topK: nil, nucleus: 0.97, left: [2, 3, 4, 5]), (topK: nil, nucleus: 1, left: [2, 3, 4, 5]),
      // Of the two tokens left by top-k, 4 makes up 0.6.
      (topK: 2, nucleus: 0.59, left: [4]), (topK: 2, nucleus: 0.61, left: [4, 5]),
    ] as [(topK: Int?, nucleus: Double?, left: [Int])])
  func cutsLeaveTheMostProbable(topK: Int?, nucleus: Double?, left: [Int]) throws {
    let rule = DecodingRule.sampling(topK: topK, nucleus: nucleus)
    let drawn = try generate(5000, by: rule, maximumLength: 1)
    #expect(Set(drawn) == Set(left.map { [Int32($0)] }))
    #expect(chiSquare(drawn, firstTokens().filter { left.contains(Int($0.key[0])) }) < 16.3)
  }

  @Test func aSequenceDoesNotDependOnWhichOthersAreWritten() throws {
    for rule in [DecodingRule.sampling(nucleus: 0.9), .sampling(), .beam(width: 2)] {
      let (many, one) = (
        try generate(20, by: rule, maximumLength: 12), try generate(1, by: rule, maximumLength: 12)
      )
      #expect(many[0] == one[0])
      #expect(many.allSatisfy { $0.last == SpecialToken.end || $0.count == 12 })
    }
    let again = try generate(20, by: .sampling(), maximumLength: 12)
    #expect(try generate(20, by: .sampling(), maximumLength: 12) == again)
    #expect(try generate(20, by: .sampling(), maximumLength: 12, seed: 6) != again)
  }

  /// More sequences than are written at a time.
  @Test func manySequencesAreWrittenInParts() throws {
    let many = try generate(1100, by: .sampling(), maximumLength: 5)
    #expect(many.count == 1100)
    #expect(Array(many[512..<700]) != Array(many[0..<188]))
    #expect(try generate(600, by: .sampling(), maximumLength: 5) == Array(many[0..<600]))
    let greedy = try generate(1100, by: .greedy, maximumLength: 9)
    #expect(greedy.allSatisfy { $0 == [4, 3, 2] })
  }

  @Test func aCutOfALargeVocabularyIsExact() throws {
    // A few of the tokens are kept in order while looking; for many all are sorted.
    let odds = (0..<200).map { Float(1 + ($0 * 37) % 200) }
    odds.withUnsafeBufferPointer { odds in
      let order = odds.indices.sorted { odds[$0] > odds[$1] }
      for count in [1, 3, 49, 50, 100, 200, 300] {
        #expect(odds.largest(count) == Array(order.prefix(count)))
      }
    }
  }

  @Test func framesAreWrittenByMeansOrDraws() throws {
    var key = RandomKey(seed: 7)
    let format = SequenceFormat.frames(featureCount: 2)
    let decoder = MinimalSequenceDecoder(format: format, latentCount: 1, using: &key)
    let model = try SequenceVAE(
      encoder: MinimalSequenceEncoder(format: format, featureCount: 1, using: &key),
      posterior: MinimalPosterior(featureCount: 1, latentCount: 1, using: &key),
      prior: MinimalPrior(latentCount: 1), decoder: decoder,
      likelihood: PerFrame(MinimalLikelihood()))
    let codes = key.normal([3, 1])
    let means = model.generate(from: codes, by: .greedy, maximumLength: 4, using: &key)
    #expect(means.values.shape == [3, 4, 2] && means.lengths == [4, 4, 4])
    var state = decoder.state(from: codes)
    var previous: Tensor?
    for step in 0..<4 {
      let next = state.next(after: previous)
      #expect(means.values.sliced(along: 1, step..<(step + 1)) == next.expanded(at: 1))
      previous = next
    }
    let searched = model.generate(
      from: codes, by: .beam(width: 2), maximumLength: 4, using: &key)
    #expect(searched.values == means.values)
    var (one, other) = (key, key)
    let drawn = model.generate(from: codes, by: .sampling(), maximumLength: 4, using: &one)
    #expect(drawn.values != means.values)
    #expect(
      model.generate(from: codes, by: .sampling(), maximumLength: 4, using: &other).values
        == drawn.values)
    #expect(
      model.generate(from: codes, by: .sampling(), maximumLength: 4, using: &other).values
        != drawn.values)
  }
}
