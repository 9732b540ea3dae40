import CTensorKernels
import Foundation
import TensorCore
import Testing

/// The generator itself: published vectors, streams and keys.
@Suite struct RandomKeyTests {
  /// philox4x32 with 10 rounds in `kat_vectors` of Random123, github.com/DEShawResearch/random123.
  @Test(
    arguments: [
      ([0, 0, 0, 0], [0, 0], [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
      (
        [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [0xFFFF_FFFF, 0xFFFF_FFFF],
        [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
      ),
      (
        [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], [0xA409_3822, 0x299F_31D0],
        [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
      ),
    ] as [([UInt32], [UInt32], [UInt32])])
  func publishedVectors(counter: [UInt32], key: [UInt32], expected: [UInt32]) {
    var words = [UInt32](repeating: 0, count: 4)
    vae_philox(counter, key, &words)
    #expect(words == expected)
  }

  /// However the words are computed, they are those of the blocks one by one.
  @Test(arguments: [0, 1, 3, 4, 63, 64, 65, 40_001])
  func wordsAreTheBlocksOfTheStream(count: Int) {
    var key = RandomKey(seed: 0x0123_4567_89AB_CDEF)
    _ = key.words(1)
    var expected: [UInt32] = []
    for block in 0..<((count + 3) / 4) {
      var words = [UInt32](repeating: 0, count: 4)
      vae_philox([UInt32(block), 0, 1, 0], [0x89AB_CDEF, 0x0123_4567], &words)
      expected += words
    }
    #expect(key.words(count) == Array(expected.prefix(count)))
  }

  /// Box and Muller's normals in float32, against the same in float64 from the same words.
  @Test func singleNormalsAreExact() {
    let count = 40_000
    var (key, same) = (RandomKey(seed: 12), RandomKey(seed: 12))
    let normals = key.normal([count]).doubles
    let words = same.words(count).map(Double.init)
    var worst = 0.0
    for i in stride(from: 0, to: count, by: 2) {
      let radius = (-2 * log((words[i] + 1) * 0x1p-32)).squareRoot()
      let angle = 2 * Double.pi * words[i + 1] * 0x1p-32
      let error = max(
        abs(normals[i] - radius * cos(angle)), abs(normals[i + 1] - radius * sin(angle)))
      // Near the middle the rounding of the word to float32 counts as well.
      worst = max(worst, error / (0x1p-22 * radius + 0x1p-24 / radius))
    }
    #expect(worst <= 1)
  }

  /// A draw of n numbers starts like a draw of more.
  @Test(arguments: RandomDraw.all) func shortDrawIsTheStartOfALongOne(_ draw: RandomDraw) {
    let long = draw.numbers(count: 70_001)
    for count in [0, 1, 2, 3, 5, 64, 1001, 65_537] {
      #expect(draw.numbers(count: count) == Array(long.prefix(count)))
    }
  }

  @Test func everyDrawTakesAStreamOfItsOwn() {
    var key = RandomKey(seed: 7)
    let first = key.normal([100])
    let second = key.normal([100])
    #expect(first != second)
    #expect(key.position == 2)
    var again = RandomKey(seed: 7)
    #expect(again.normal([100]) == first)
  }

  @Test func splitKeysAreAllDifferent() {
    var key = RandomKey(seed: 1)
    var keys: [RandomKey] = [key]
    for _ in 0..<2000 { keys.append(key.split()) }
    var child = keys[1]
    for _ in 0..<2000 { keys.append(child.split()) }
    for index in 0..<2000 { keys.append(keys[1].folded(with: UInt64(index))) }
    #expect(Set(keys.map(\.key)).count == keys.count)
    var first: Set<[UInt32]> = []
    for var key in keys { first.insert(key.words(2)) }
    #expect(first.count == keys.count)
  }

  @Test func splittingMovesTheKeyOnAndFoldingDoesNot() {
    var key = RandomKey(seed: 5)
    let before = key
    let folded = key.folded(with: 3)
    #expect(key == before && folded == key.folded(with: 3) && folded != key.folded(with: 4))
    let (a, b) = (key.split(), key.split())
    #expect(a != b)
  }

  @Test func keySurvivesCoding() throws {
    var key = RandomKey(seed: .max)
    _ = key.words(1)
    let data = try JSONEncoder().encode(key)
    #expect(try JSONDecoder().decode(RandomKey.self, from: data) == key)
  }
}

/// Orders that shuffle each column of a matrix by itself.
@Suite struct ColumnOrderTests {
  @Test(arguments: [(1, 1), (1, 4), (5, 1), (7, 3), (0, 3), (300, 20)])
  func everyColumnIsPermuted(rows: Int, columns: Int) {
    var key = RandomKey(seed: 3)
    let places = key.columnOrders(rows: rows, columns: columns).integers
    #expect(places.count == rows * columns && key.position == 1)
    for column in 0..<columns {
      let own = (0..<rows).map { Int(places[$0 * columns + column]) }
      #expect(own.allSatisfy { $0 % columns == column })
      #expect(own.sorted() == (0..<rows).map { $0 * columns + column })
    }
  }

  @Test func columnsAndDrawsDiffer() {
    var (key, same) = (RandomKey(seed: 4), RandomKey(seed: 4))
    let first = key.columnOrders(rows: 50, columns: 2)
    let second = key.columnOrders(rows: 50, columns: 2)
    #expect(first.integers == same.columnOrders(rows: 50, columns: 2).integers)
    #expect(first.integers != second.integers)
    let rows: [Int32] = first.integers.map { $0 / 2 }
    let columns = [0, 1].map { column in stride(from: column, to: 100, by: 2).map { rows[$0] } }
    #expect(columns[0] != columns[1])
  }

  /// Each of the six orders of three rows comes as often as the others.
  @Test func ordersAreEquallyLikely() {
    var key = RandomKey(seed: 5)
    let columns = 60_000
    let places = key.columnOrders(rows: 3, columns: columns).integers
    var counts: [[Int32]: Int] = [:]
    for column in 0..<columns {
      counts[(0..<3).map { places[$0 * columns + column] / Int32(columns) }, default: 0] += 1
    }
    let expected = Double(columns) / 6
    let square = counts.values.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) }
    #expect(counts.count == 6 && square / expected < 20.5)  // passed by 999 of 1000
  }
}

/// What is drawn has the distribution it claims; seeds are fixed, so a test cannot fail by chance.
@Suite struct RandomDistributionTests {
  @Test(arguments: RandomDraw.all) func distribution(of draw: RandomDraw) {
    let numbers = draw.numbers(count: 50_000)
    #expect(kolmogorovSmirnov(numbers, draw.cumulative) < 1.95)  // passed by 999 of 1000
  }

  @Test func kolmogorovSmirnovTellsDistributionsApart() {
    for draw in RandomDraw.all {
      let numbers = draw.numbers(count: 50_000)
      #expect(kolmogorovSmirnov(numbers.map { $0 * 1.05 }, draw.cumulative) > 1.95)
    }
  }

  /// Neighbours, streams and keys do not go together.
  @Test(arguments: [DType.float32, .float64]) func drawsAreUncorrelated(_ dtype: DType) {
    var key = RandomKey(seed: 11)
    let count = 50_000
    let x = key.normal([count], dtype: dtype).doubles
    let next = key.normal([count], dtype: dtype).doubles
    var child = key.split()
    let other = child.normal([count], dtype: dtype).doubles
    for lag in 1...5 { #expect(correlation(Array(x.dropFirst(lag)), x) < 4) }
    #expect(correlation(x, next) < 4)
    #expect(correlation(next, other) < 4)
    #expect(correlation(x.map { $0 * $0 }, next.map { $0 * $0 }) < 4)
    #expect(correlation(x, x) > 100)
  }

  @Test func uniformStaysInItsRange() {
    var key = RandomKey(seed: 3)
    let unit = key.uniform([200_000]).floats
    #expect(unit.allSatisfy { $0 >= 0 && $0 < 1 })
    let wide = key.uniform([200_000], low: -3, high: 5).floats
    #expect(wide.allSatisfy { $0 >= -3 && $0 <= 5 })
    #expect(abs(wide.reduce(0, +) / 200_000 - 1) < 0.03)
  }

  @Test func normalReachesTheTails() {
    var key = RandomKey(seed: 4)
    let x = key.normal([1_000_000]).floats
    #expect(x.allSatisfy { $0.isFinite })
    // 63.3 of a million lie beyond 4, give or take 8.
    #expect(abs(Double(x.count { abs($0) > 4 }) - 63.3) < 4 * 8)
  }

  @Test(arguments: [DType.float32, .float64]) func bernoulliFollowsItsProbabilities(_ dtype: DType)
  {
    let count = 20_000
    for p in [0, 0.01, 0.3, 0.5, 0.99, 1] {
      var key = RandomKey(seed: 6)
      let draws = key.bernoulli(Tensor(repeating: p, shape: [count], dtype: dtype))
      let ones = draws.doubles.reduce(0, +)
      let deviation = (Double(count) * p * (1 - p)).squareRoot()
      #expect(abs(ones - Double(count) * p) <= 4 * deviation)
      #expect(draws.doubles.allSatisfy { $0 == 0 || $0 == 1 })
    }
  }

  @Test(arguments: [DType.float32, .float64]) func categoricalFollowsItsLogits(_ dtype: DType) {
    let probabilities = [0.5, 0.2, 0.15, 0.1, 0.05, 0]
    let count = 30_000
    let logits = Tensor(probabilities.map(log), shape: [1, 6]).converted(to: dtype)
    let rows = logits.gathered(Tensor.zeros([count], dtype: .int32), along: 0)
    var key = RandomKey(seed: 8)
    let draws = key.categorical(logits: rows)
    #expect(draws.shape == [count] && draws.dtype == .int32)
    var counts = [Int](repeating: 0, count: 6)
    for draw in draws.integers { counts[Int(draw)] += 1 }
    #expect(counts[5] == 0)
    let statistic = chiSquare(
      counts.dropLast(), probabilities.dropLast().map { $0 * Double(count) })
    #expect(statistic < 18.5)  // 4 degrees of freedom, passed by 999 of 1000
  }

  @Test func everyOrderIsEquallyLikely() {
    var key = RandomKey(seed: 9)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 { counts[key.permutation(4), default: 0] += 1 }
    #expect(counts.count == 24)
    let statistic = chiSquare(Array(counts.values), Array(repeating: 1000, count: 24))
    #expect(statistic < 49.7)  // 23 degrees of freedom, passed by 999 of 1000
  }

  @Test(arguments: [0, 1, 2, 1000]) func permutationHoldsEveryNumberOnce(count: Int) {
    var key = RandomKey(seed: 10)
    #expect(key.permutation(count).sorted() == Array(0..<count))
  }
}

/// A kind of random number, with its cumulative distribution function.
struct RandomDraw: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let draw: @Sendable (inout RandomKey, Int) -> Tensor
  let cumulative: @Sendable (Double) -> Double

  func numbers(count: Int) -> [Double] {
    var key = RandomKey(seed: 2026)
    return draw(&key, count).doubles
  }

  static let all: [RandomDraw] =
    [DType.float32, .float64].flatMap { dtype in
      [
        RandomDraw(testDescription: "uniform \(dtype)") {
          $0.uniform([$1], dtype: dtype)
        } cumulative: {
          min(max($0, 0), 1)
        },
        RandomDraw(testDescription: "normal \(dtype)") {
          $0.normal([$1], deviation: 2, dtype: dtype)
        } cumulative: {
          erfc(-$0 / 8.squareRoot()) / 2
        },
        RandomDraw(testDescription: "Gumbel \(dtype)") {
          $0.gumbel([$1], dtype: dtype)
        } cumulative: {
          exp(-exp(-$0))
        },
      ]
    } + shaped
}

/// The largest distance between the numbers' own distribution function and the given one, times the root of their count.
private func kolmogorovSmirnov(_ numbers: [Double], _ cumulative: (Double) -> Double) -> Double {
  let n = Double(numbers.count)
  var worst = 0.0
  for (i, x) in numbers.sorted().enumerated() {
    let expected = cumulative(x)
    worst = max(worst, abs(expected - Double(i) / n), abs(expected - Double(i + 1) / n))
  }
  return worst * n.squareRoot()
}

/// The correlation in units of what chance gives.
private func correlation(_ x: [Double], _ y: [Double]) -> Double {
  let n = Double(min(x.count, y.count))
  let (meanX, meanY) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
  var (xy, xx, yy) = (0.0, 0.0, 0.0)
  for (a, b) in zip(x, y) {
    xy += (a - meanX) * (b - meanY)
    xx += (a - meanX) * (a - meanX)
    yy += (b - meanY) * (b - meanY)
  }
  return abs(xy / (xx * yy).squareRoot()) * n.squareRoot()
}

private func chiSquare(_ counts: some Sequence<Int>, _ expected: some Sequence<Double>) -> Double {
  zip(counts, expected).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) / $1.1 }
}
