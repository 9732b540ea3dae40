import Foundation
import Layers
import TensorCore
import Testing

@Suite struct InitializerTests {
  /// The standard deviation of each initializer, from its definition, for fan-in 200 and fan-out
  /// 100.
  static let deviations: [(initializer: Initializer, deviation: Double, limit: Double?)] = [
    (.zeros, 0, 0),
    (.pytorch, (1.0 / 200 / 3).squareRoot(), (1.0 / 200).squareRoot()),
    (.kaimingUniform, (2.0 / 200).squareRoot(), (6.0 / 200).squareRoot()),
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

  @Test(arguments: [[30, 50], [50, 30], [6, 6], [8, 3, 3, 5], [1, 4], [4]])
  func orthogonalRowsOrColumnsAreOrthonormal(sizes: [Int]) {
    var key = RandomKey(seed: 2)
    let drawn = Initializer.orthogonal(Shape(sizes), fanIn: 1, fanOut: 1, using: &key)
    #expect(drawn.shape == Shape(sizes) && drawn.dtype == .float32)
    let a = Variable(drawn.reshaped(to: [sizes[0], -1]))
    let isTall = a.shape[0] > a.shape[1]
    let products = a.matmul(a, transposeSelf: isTall, transposeOther: !isTall).value
    let count = products.shape[0]
    let identity = (0..<count * count).map { $0 % (count + 1) == 0 ? 1.0 : 0 }
    #expect(zip(products.doubles, identity).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  private struct Fans: Decodable {
    var kind: String
    var sizes: [Int]
    var fanIn: Int
    var fanOut: Int

    func layer(_ initializer: Initializer, using key: inout RandomKey) -> any Layer {
      if kind == "dense" {
        return Dense(sizes[0], sizes[1], initializer: initializer, using: &key)
      }
      let kernel = (height: sizes[2], width: sizes[3])
      return kind == "conv"
        ? Conv2D(sizes[0], sizes[1], kernel: kernel, initializer: initializer, using: &key)
        : ConvTranspose2D(sizes[0], sizes[1], kernel: kernel, initializer: initializer, using: &key)
    }
  }

  /// `Golden/make_fans.py` asks PyTorch, whose fan-in of a transposed convolution counts its outputs.
  @Test func fansAreThoseOfPyTorch() throws {
    let url = try #require(Bundle.module.url(forResource: "Golden/fans", withExtension: "json"))
    let cases = try JSONDecoder().decode([Fans].self, from: Data(contentsOf: url))
    #expect(cases.count == 3)
    var key = RandomKey(seed: 1)
    func largest(_ initializer: Initializer, _ fans: Fans) -> (weight: Double, bias: Double) {
      let parameters = fans.layer(initializer, using: &key).namedParameters
      let sizes = parameters.map { $0.parameter.value.doubles.reduce(0) { max($0, abs($1)) } }
      return (sizes[0], sizes[1])
    }
    func reaches(_ limit: Double, _ seen: Double, _ share: Double = 0.99) -> Bool {
      (share * limit...1.000001 * limit).contains(seen)
    }
    for fans in cases {
      let unit = (1 / Double(fans.fanIn)).squareRoot()
      let he = 6.squareRoot() * unit
      let glorot = (6 / Double(fans.fanIn + fans.fanOut)).squareRoot()
      let expected: [(Initializer, weight: Double, bias: Double)] = [
        (.pytorch, unit, unit), (.kaimingUniform, he, unit), (.heUniform, he, 0),
        (.glorotUniform, glorot, 0),
      ]
      for (initializer, weight, bias) in expected {
        let seen = largest(initializer, fans)
        #expect(reaches(weight, seen.weight), "\(fans.kind) \(initializer)")
        #expect(reaches(bias, seen.bias, 0.5), "\(fans.kind) \(initializer)")
      }
    }
  }

  @Test func recurrentGatesAreDrawnOneByOne() {
    var key = RandomKey(seed: 3)
    let layer = Recurrent(.gru, 5, 4, initializer: .orthogonal, using: &key)
    for (name, parameter) in layer.namedParameters {
      let value = Variable(parameter.value)
      guard name.hasPrefix("weight") else {
        #expect(parameter.value == .zeros([12]), "\(name)")
        continue
      }
      for gate in value.split(along: 0, sizes: [4, 4, 4]) {
        let products = gate.matmul(gate, transposeOther: true).value.doubles
        for (i, product) in products.enumerated() {
          #expect(abs(product - (i % 5 == 0 ? 1 : 0)) < 1e-5, "\(name)")
        }
      }
    }
  }

  @Test func namesAreReadAndWritten() throws {
    let all = Initializer.allCases + [.normal(deviation: 0.5)]
    #expect(Set(all.map(\.name)).count == Initializer.allCases.count)
    let text = try JSONEncoder().encode(all)
    #expect(try JSONDecoder().decode([Initializer].self, from: text) == all)
    for name in ["he", "normal()", "normal(-1)", "normal(inf)", "he_normal(2)"] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode([Initializer].self, from: Data("[\"\(name)\"]".utf8))
      }
    }
  }
}
