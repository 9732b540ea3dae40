import CTensorKernels
import Foundation
import TensorCore
import Testing

/// Special functions as SciPy computes them; `Golden/make_special.py` wrote them.
@Suite struct SpecialTests {
  @Test(arguments: [DType.float64, .float32]) func functionsAgreeWithSciPy(_ dtype: DType) throws {
    for entry in try SpecialValues.read().functions {
      let x = Variable(Tensor(entry.x, shape: [entry.x.count]).converted(to: dtype))
      let found = try #require(entry.apply(x)).value.doubles
      let relative = dtype == .float64 ? 1e-12 : 0x1p-23
      for (i, expected) in entry.y.enumerated() {
        #expect(
          abs(found[i] - expected) <= relative * abs(expected)
            + (dtype == .float64 ? 1e-13 : 1e-37),
          "\(entry.function) \(entry.constant) at \(entry.x[i]): \(found[i]), not \(expected)")
      }
    }
  }

  @Test func gammaVariablesMoveAsTheirQuantilesDo() throws {
    for slope in try SpecialValues.read().logGammaSlopes {
      let found = vae_log_gamma_slope(slope[0], slope[1])
      #expect(abs(found - slope[2]) <= 1e-7 * abs(slope[2]), "at \(slope): \(found)")
    }
    #expect(vae_log_gamma_slope(-1, 0).isNaN && vae_log_gamma_slope(0, 0).isNaN)
  }

  /// Where functions have poles, limits or nothing at all.
  @Test(arguments: Edge.all) func edges(_ edge: Edge) {
    for dtype in [DType.float64, .float32] {
      let x = Tensor(edge.x, shape: [edge.x.count]).converted(to: dtype)
      let found = edge.function(Variable(x)).value.doubles
      for (i, expected) in edge.y.enumerated() {
        #expect(
          found[i] == expected || (found[i].isNaN && expected.isNaN)
            || abs(found[i] - expected) < 1e-6,
          "\(edge.testDescription) at \(edge.x[i]): \(found[i]), not \(expected)")
      }
    }
  }

  @Test func besselRatioHasASlopeAtZero() throws {
    let x = Variable(Tensor([0.0], shape: [1]), requiresGradient: true)
    let slope = try #require(x.besselRatio(order: 1.5).sum().gradient(withRespectTo: [x])[0])
    #expect(abs(slope.item - 1 / 5) < 1e-15)
  }
}

/// A function and what it gives at its edges.
struct Edge: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let x, y: [Double]
  let function: @Sendable (Variable) -> Variable

  init(
    _ name: String, _ values: [(Double, Double)],
    _ function: @escaping @Sendable (Variable) -> Variable
  ) {
    testDescription = name
    (x, y) = (values.map(\.0), values.map(\.1))
    self.function = function
  }

  static let all: [Edge] = [
    Edge("log gamma", [(0, .infinity), (-1, .infinity), (.infinity, .infinity), (1, 0), (2, 0)]) {
      $0.logGamma()
    },
    Edge("digamma", [(0, -.infinity), (-2, .nan), (.infinity, .infinity), (.nan, .nan)]) {
      $0.digamma()
    },
    Edge("trigamma", [(0, .infinity), (.infinity, 0), (1, 1.6449340668482264), (-1e30, .nan)]) {
      $0.polygamma(1)
    },
    Edge("erf", [(0, 0), (.infinity, 1), (-.infinity, -1), (.nan, .nan)]) { $0.erf() },
    Edge("erfc", [(0, 1), (.infinity, 0), (-.infinity, 2)]) { $0.erfc() },
    Edge("inverse erf", [(0, 0), (1, .infinity), (-1, -.infinity), (1.5, .nan), (.nan, .nan)]) {
      $0.erfInverse()
    },
    Edge("log normal cdf", [(.infinity, 0), (-.infinity, -.infinity), (.nan, .nan)]) {
      $0.logNormalCDF()
    },
    Edge("log bessel, order 0", [(0, 0), (-1, .nan), (.nan, .nan), (.infinity, -.infinity)]) {
      $0.logScaledBesselI(order: 0)
    },
    Edge("log bessel, order 2", [(0, -.infinity)]) { $0.logBesselI(order: 2) },
    Edge("bessel ratio", [(0, 0), (.infinity, 1), (-1, .nan), (.nan, .nan), (1e-30, 0)]) {
      $0.besselRatio(order: 0.5)
    },
  ]
}

private struct SpecialValues: Decodable {
  struct Entry: Decodable {
    let function: String
    let constant: Double
    let x, y: [Double]

    func apply(_ x: Variable) -> Variable? {
      switch function {
      case "log gamma": x.logGamma()
      case "digamma": x.digamma()
      case "polygamma": x.polygamma(Int(constant))
      case "erf": x.erf()
      case "erfc": x.erfc()
      case "inverse erf": x.erfInverse()
      case "log normal cdf": x.logNormalCDF()
      case "scaled log bessel": x.logScaledBesselI(order: constant)
      case "bessel ratio": x.besselRatio(order: constant)
      default: nil
      }
    }
  }

  let functions: [Entry]
  /// A shape, the logarithm of a gamma variable, and how it moves with the shape.
  let logGammaSlopes: [[Double]]

  static func read() throws -> SpecialValues {
    let url = try #require(
      Bundle.module.url(forResource: "special", withExtension: "json", subdirectory: "Golden"))
    return try JSONDecoder().decode(SpecialValues.self, from: Data(contentsOf: url))
  }
}
