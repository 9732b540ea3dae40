internal import TensorCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Sines, squares and saws of different lengths with noise, which are drawn rather than read.
///
/// Lengths are 48 to 96 steps, periods 12 to 32, heights 0.5 to 1.5, phases any; the noise has
/// deviation 0.1.
struct Waves: FrameSource {
  static let name = "waves"
  static let shapes = ["sine", "square", "saw"]
  static let trainCount = 2000
  static let testCount = 500
  static let summary =
    "drawn sines, squares and saws of 48 to 96 steps with noise, labelled: \(trainCount) to train "
    + "on and \(testCount) to test"

  private let key: RandomKey

  init(seed: UInt64) { key = RandomKey(seed: seed) }

  static func splits() -> DatasetSplits<SequenceDataset> {
    DatasetSplits(
      train: dataset(count: trainCount, seed: 0x3A7E_5001),
      test: dataset(count: testCount, seed: 0x3A7E_5002))
  }

  private static func dataset(count: Int, seed: UInt64) -> SequenceDataset {
    SequenceDataset(
      Waves(seed: seed), count: count, name: name,
      labels: (0..<count).map { Int32($0 % shapes.count) }, classNames: shapes)
  }

  var featureCount: Int { 1 }

  func length(of example: Int) -> Int {
    var key = key.folded(with: UInt64(example))
    return 48 + Int(key.words(1)[0] % 49)
  }

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    // The key's first draw is the length.
    var key = key.folded(with: UInt64(example))
    _ = key.words(1)
    let dice = key.uniform([3], dtype: .float64).doubles
    let (period, height, phase) = (12 + 20 * dice[0], 0.5 + dice[1], dice[2])
    let noise = key.normal([out.count], deviation: 0.1).floats
    for step in out.indices {
      let turns = Double(step) / period + phase
      let part = turns - turns.rounded(.down)
      let value =
        switch example % Self.shapes.count {
        case 0: sin(2 * Double.pi * part)
        case 1: part < 0.5 ? 1.0 : -1.0
        default: 2 * part - 1
        }
      out[step] = Float(height * value) + noise[step]
    }
  }
}
