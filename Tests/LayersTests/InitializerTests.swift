import Layers
import TensorCore
import Testing

@Suite struct InitializerTests {
  /// The standard deviation of each initializer, from its definition, for fan-in 200 and fan-out
  /// 100.
  static let deviations: [(initializer: Initializer, deviation: Double, limit: Double?)] = [
    (.zeros, 0, 0),
    (.pytorch, (1.0 / 200 / 3).squareRoot(), (1.0 / 200).squareRoot()),
    (.glorotUniform, (2.0 / 300).squareRoot(), (6.0 / 300).squareRoot()),
    (.glorotNormal, (2.0 / 300).squareRoot(), nil),
    (.heUniform, (2.0 / 200).squareRoot(), (6.0 / 200).squareRoot()),
    (.heNormal, (2.0 / 200).squareRoot(), nil),
    (.lecunNormal, (1.0 / 200).squareRoot(), nil),
    (.normal(deviation: 0.02), 0.02, nil),
  ]

  @Test(arguments: deviations.indices) func spreadFollowsTheDefinition(index: Int) {
    let (initializer, deviation, limit) = Self.deviations[index]
    var key = RandomKey(seed: 9)
    let values = initializer([100, 200], fanIn: 200, fanOut: 100, using: &key).doubles
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    #expect(abs(mean) <= 5 * deviation / Double(values.count).squareRoot())
    #expect(abs(variance.squareRoot() - deviation) <= 0.03 * deviation)
    if let limit { #expect(values.allSatisfy { abs($0) <= limit * 1.000001 }) }
  }

  /// A convolution's fans count its kernel; a transposed one's fan-in is that of PyTorch, over its
  /// outputs.
  @Test func fansCountTheKernel() {
    var key = RandomKey(seed: 1)
    func limit(_ layer: some Layer) -> Double {
      layer.namedParameters[0].parameter.value.doubles.reduce(0) { max($0, abs($1)) }
    }
    let convolution = limit(Conv2D(8, 32, kernel: 3, using: &key))
    let transposed = limit(ConvTranspose2D(32, 8, kernel: 3, using: &key))
    let expected = (1.0 / 72).squareRoot()
    for seen in [convolution, transposed] { #expect(seen <= expected && seen > 0.98 * expected) }
    #expect(Conv2D(2, 4, kernel: 1, initializer: .heNormal, using: &key).bias?.value == .zeros([4]))
  }
}
