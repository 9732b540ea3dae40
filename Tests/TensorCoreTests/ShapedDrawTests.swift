import Foundation
import TensorCore
import Testing

/// Gamma, beta and Poisson variables, and orders.
@Suite struct ShapedDrawTests {
  @Test(arguments: [0.02, 0.5, 1, 3.7, 60, 1e5], [DType.float32, .float64])
  func gammaMoments(_ shape: Double, _ dtype: DType) {
    var key = RandomKey(seed: 21)
    let count = 40_000
    let x = key.logGamma(Tensor(repeating: shape, shape: [count], dtype: dtype)).doubles
    let a = Variable(Tensor(shape, dtype: .float64))
    // The mean and variance of log z are the digamma and the trigamma function.
    let (mean, variance) = (a.digamma().value.item, a.polygamma(1).value.item)
    let found = x.reduce(0, +) / Double(count)
    let spread = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    #expect(abs(found - mean) < 4 * (variance / Double(count)).squareRoot())
    #expect(abs(spread / variance - 1) < 0.08)
  }

  /// The slope of a sample by its shape averages to the slope of the average.
  @Test(arguments: [0.05, 0.8, 4, 300]) func gammaGradient(_ shape: Double) throws {
    var key = RandomKey(seed: 5)
    let a = Variable(
      Tensor(repeating: shape, shape: [40_000], dtype: .float64), requiresGradient: true)
    let sample = a.logGammaSample(using: &key)
    let slopes = try #require(sample.sum().gradient(withRespectTo: [a])[0]).doubles
    let mean = slopes.reduce(0, +) / Double(slopes.count)
    let variance = slopes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(slopes.count)
    let expected = Variable(Tensor(shape, dtype: .float64)).polygamma(1).value.item
    #expect(
      abs(mean - expected) < 4 * (variance / Double(slopes.count)).squareRoot() + 1e-9)
  }

  @Test func betaGradientAveragesToTheSlopeOfTheMean() throws {
    var key = RandomKey(seed: 6)
    func leaf(_ value: Double) -> Variable {
      Variable(Tensor(repeating: value, shape: [40_000], dtype: .float64), requiresGradient: true)
    }
    let (a, b) = (leaf(2), leaf(3))
    let gradients = a.betaSample(b, using: &key).mean().gradient(withRespectTo: [a, b])
    // The mean is a / (a + b).
    #expect(abs(try #require(gradients[0]).sum().item - 3 / 25) < 0.003)
    #expect(abs(try #require(gradients[1]).sum().item + 2 / 25) < 0.003)
  }

  @Test(arguments: [0.3, 4, 9.99, 12, 250], [DType.float32, .float64])
  func poissonCounts(_ mean: Double, _ dtype: DType) {
    var key = RandomKey(seed: 31)
    let count = 60_000
    let draws = key.poisson(Tensor(repeating: mean, shape: [count], dtype: dtype)).doubles
    #expect(draws.allSatisfy { $0 >= 0 && $0 == $0.rounded() })
    var chiSquare = 0.0, bins = 0.0, others = Double(count), expectedOthers = Double(count)
    for k in 0..<600 {
      let expected = Double(count) * exp(Double(k) * log(mean) - mean - lgamma(Double(k) + 1))
      guard expected > 10 else { continue }
      let found = Double(draws.count { $0 == Double(k) })
      chiSquare += (found - expected) * (found - expected) / expected
      bins += 1
      (others, expectedOthers) = (others - found, expectedOthers - expected)
    }
    chiSquare += (others - expectedOthers) * (others - expectedOthers) / max(expectedOthers, 1)
    #expect(chiSquare < bins + 4 * (2 * bins).squareRoot())
  }

  @Test func parametersAtTheEdge() {
    var key = RandomKey(seed: 1)
    let x = Tensor([0.0, -1, .nan, .infinity], shape: [4])
    let gamma = key.gamma(x).doubles
    #expect(gamma[0].isNaN && gamma[1].isNaN && gamma[2].isNaN && gamma[3] == .infinity)
    let poisson = key.poisson(x).doubles
    #expect(poisson[0] == 0 && poisson[1].isNaN && poisson[2].isNaN && poisson[3] == .infinity)
    #expect(key.gamma(.zeros([0])).count == 0)
    // Too small for float32, not for its logarithm.
    let tiny = Tensor(repeating: 1e-3, shape: [100])
    #expect(key.logGamma(tiny).isFinite)
    let fractions = key.beta(tiny, tiny).doubles
    #expect(fractions.allSatisfy { $0 >= 0 && $0 <= 1 })
  }

  @Test func permutationInAKernelIsTheOneOnTheHost() {
    var (key, same) = (RandomKey(seed: 8), RandomKey(seed: 8))
    for count in [0, 1, 2, 7, 1000] {
      let order = key.permutation(count: count)
      #expect(order.integers.map(Int.init) == same.permutation(count))
      #expect(order.integers.sorted() == (0..<Int32(count)).map { $0 })
    }
  }

  @Test func gammaSampleRefusesASecondGradient() async throws {
    let result = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var key = RandomKey(seed: 1)
      let a = Variable(Tensor(2), requiresGradient: true)
      _ = a.gammaSample(using: &key).gradientVariables(withRespectTo: [a])
    }
    let message = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(message.contains("there is no gradient of the gradient of logGammaSample"))
  }
}

extension RandomDraw {
  /// Draws with parameters, whose distribution functions are known.
  static let shaped: [RandomDraw] = [DType.float32, .float64].flatMap { dtype in
    [0.3, 1, 2.5, 40].map { shape in
      RandomDraw(testDescription: "gamma \(shape), \(dtype)") {
        $0.gamma(Tensor(repeating: shape, shape: [$1], dtype: dtype))
      } cumulative: {
        incompleteGamma(shape, log($0))
      }
    } + [
      RandomDraw(testDescription: "log gamma 0.01, \(dtype)") {
        $0.logGamma(Tensor(repeating: 0.01, shape: [$1], dtype: dtype))
      } cumulative: {
        incompleteGamma(0.01, $0)
      },
      RandomDraw(testDescription: "beta 0.5, 0.5, \(dtype)") {
        let half = Tensor(repeating: 0.5, shape: [$1], dtype: dtype)
        return $0.beta(half, half)
      } cumulative: {
        2 / Double.pi * asin(min($0, 1).squareRoot())
      },
      RandomDraw(testDescription: "beta 2, 3, \(dtype)") {
        $0.beta(
          Tensor(repeating: 2, shape: [$1], dtype: dtype),
          Tensor(repeating: 3, shape: [$1], dtype: dtype))
      } cumulative: {
        let x = min($0, 1)
        return x * x * (6 - 8 * x + 3 * x * x)
      },
    ]
  }

  /// The distribution function of a gamma variable with this shape, from its logarithm, by its series.
  private static func incompleteGamma(_ a: Double, _ logarithm: Double) -> Double {
    let z = exp(logarithm)
    var (term, sum, k) = (1.0, 1.0, 1.0)
    while term > 1e-17 * sum {
      term *= z / (a + k)
      sum += term
      k += 1
    }
    return exp(a * logarithm - z - lgamma(a + 1)) * sum
  }
}
