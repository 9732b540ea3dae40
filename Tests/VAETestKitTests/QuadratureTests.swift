import Foundation
import TensorCore
import Testing

@testable import VAETestKit

@Suite struct QuadratureTests {
  struct Family: CustomTestStringConvertible, Sendable {
    let name: String
    let draw: @Sendable (inout RandomKey) -> Tensor
    let accepts: @Sendable (Double) -> Bool
    let logDensity: @Sendable (Double) -> Double
    var testDescription: String { name }
  }

  static let families: [Family] = [
    Family(
      name: "uniform", draw: { $0.uniform([2000, 1]) }, accepts: { $0 >= 0 && $0 <= 1 },
      logDensity: { _ in 0 }),
    Family(
      name: "exponential",
      draw: { (-Variable($0.uniform([2000, 1], low: 1e-6)).log()).value }, accepts: { $0 >= 0 },
      logDensity: { -$0 }),
    Family(
      name: "logistic, far out",
      draw: { key in
        let u = Variable(key.uniform([2000, 1], low: 1e-6, high: 1 - 1e-6))
        return (u.log() - (1 - u).log() + 50).value
      }, accepts: { _ in true },
      logDensity: { -($0 - 50) - 2 * log1p(exp(-($0 - 50))) }),
    Family(
      name: "Cauchy",
      draw: { key in
        let u = Variable(key.uniform([2000, 1], low: -1.57, high: 1.57))
        return (u.sin() / u.cos()).value
      }, accepts: { _ in true }, logDensity: { -log(Double.pi * (1 + $0 * $0)) }),
    Family(
      name: "fair coin", draw: { $0.bernoulli(Tensor(repeating: 0.5, shape: [2000, 1])) },
      accepts: { $0 == 0 || $0 == 1 }, logDensity: { _ in log(0.5) }),
    Family(
      name: "geometric",
      draw: { key in
        let u = key.uniform([2000, 1], low: 1e-6).doubles
        return Tensor(u.map { floor(log($0) / log(0.5)) }, shape: [2000, 1])
      }, accepts: { $0 >= 0 }, logDensity: { ($0 + 1) * log(0.5) }),
  ]

  @Test(arguments: families) func densityAddsUpToOne(family: Family) {
    var key = RandomKey(seed: 5)
    let quadrature = Quadrature(samples: family.draw(&key), accepts: family.accepts)
    let mass = zip(quadrature.points.doubles, quadrature.weights).reduce(0) {
      $0 + exp(family.logDensity($1.0)) * $1.1
    }
    #expect(abs(mass - 1) < 0.005)
  }
}
