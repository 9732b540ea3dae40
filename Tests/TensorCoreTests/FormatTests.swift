import CTensorKernels
import TensorCore
import Testing

/// float32, with its fast paths, against the plain loops in float64.
@Suite struct FormatTests {
  @Test(arguments: PrimitiveCase.all + PrimitiveCase.large)
  func formatsAgree(on primitive: PrimitiveCase) {
    #expect(primitive.formatMismatch() == nil)
  }

  /// The same where loops are shared out, whatever the number of threads here is.
  @Test func formatsAgreeOnSeveralThreads() async {
    await #expect(processExitsWith: .success) {
      vae_set_threads(2)
      for primitive in PrimitiveCase.large {
        #expect(primitive.formatMismatch() == nil, "\(primitive.name)")
      }
    }
  }

  /// Random numbers do not know how many threads there are.
  @Test func drawsDoNotDependOnThreads() async {
    await #expect(processExitsWith: .success) {
      func run() -> [Tensor] {
        RandomDraw.all.map { draw in
          var key = RandomKey(seed: 1)
          return draw.draw(&key, 100_001)
        }
      }
      vae_set_threads(1)
      let alone = run()
      vae_set_threads(2)
      #expect(run() == alone)
    }
  }

  /// Functions of one number keep their relative accuracy from the smallest arguments to the largest.
  @Test(arguments: ElementFunction.all) func functionIsAccurate(_ function: ElementFunction) {
    let magnitudes = (-40...20).flatMap { exponent in
      [1, 1.09, 1.31, 1.53, 1.77, 1.99].map {
        $0 * Double(sign: .plus, exponent: exponent, significand: 1)
      }
    }
    let arguments = (magnitudes + magnitudes.map(-)).map { Double(Float($0)) }
      .filter(function.domain.contains)
    let x = Variable(Tensor(arguments, shape: [arguments.count]))
    let exact = function.apply(x).value.doubles
    let single = function.apply(Variable(x.value.converted(to: .float32))).value.doubles
    for (i, argument) in arguments.enumerated() {
      let allowed = 0x1p-24 * (8 * abs(exact[i]) + function.absolute * abs(argument)) + 1e-37
      #expect(
        abs(single[i] - exact[i]) <= allowed, "at \(argument): \(single[i]), not \(exact[i])")
    }
  }

  /// The variance is not the difference of two large numbers.
  @Test func largeMeanLeavesTheVarianceExact() {
    var key = RandomKey(seed: 5)
    let x = key.normal([500, 3]) + Tensor(1000)
    let single = Variable(x).normalized(.channel)
    let exact = Variable(x.converted(to: .float64)).normalized(.channel)
    // At 1000 the mean itself is rounded to 2^-14 or so.
    #expect(single.variance.distance(from: exact.variance) < 1e-3)
    #expect(single.value.value.distance(from: exact.value.value) < 1e-3)
  }

  /// Products that read bfloat16 are those of the rounded numbers, summed in float32.
  @Test(arguments: [(3, 5, 7), (40, 33, 129), (128, 400, 784)], PrimitiveCase.Execution.allCases)
  func roundedProductsAreSummedInFloat32(
    sizes: (m: Int, n: Int, k: Int), _ execution: PrimitiveCase.Execution
  ) {
    let (m, n, k) = sizes
    let product = PrimitiveCase("rounded product", [.real([m, k]), .real([n, k])]) {
      $0[0].linear($0[1], bias: nil)
    }
    let values = product.draw().map { $0.converted(to: .float32) }
    let found = product.outcome(of: values, precision: .bfloat16, execution)
    var key = product.key.folded(with: 1)
    let seed = key.normal([m, n], dtype: .float64).converted(to: .float32)
    func rounded(_ x: Tensor) -> Tensor { x.converted(to: .bfloat16).converted(to: .float64) }
    let (x, w, g) = (rounded(values[0]), rounded(values[1]), rounded(seed))
    let expected = [
      x.matmul(w, transposeOther: true), g.matmul(w), g.matmul(x, transposeSelf: true),
    ]
    for (tensor, exact) in zip([found.result] + found.gradients, expected) {
      #expect((tensor?.distance(from: exact) ?? .infinity) < .rounding(terms: max(m, n, k)))
      #expect(tensor?.dtype == .float32)
    }
  }
}

extension PrimitiveCase {
  /// Where float32 and float64 disagree on the same inputs, or nil.
  func formatMismatch() -> String? {
    let values = draw()
    let allowed = Double.rounding(terms: values.map(\.count).max() ?? 0)
    let (exact, single) = (
      outcome(of: values), outcome(of: values.map { $0.converted(to: .float32) })
    )
    let distance = single.result.distance(from: exact.result)
    guard single.result.shape == exact.result.shape, distance <= allowed else {
      return "the result is \(single.result.shape), off by \(distance), \(allowed) allowed"
    }
    for (i, (found, expected)) in zip(single.gradients, exact.gradients).enumerated() {
      guard let found, let expected else { return "gradient \(i) is missing" }
      let distance = found.distance(from: expected)
      guard found.shape == expected.shape, found.dtype == .float32, distance <= allowed else {
        return "gradient \(i) is \(found.shape), off by \(distance), \(allowed) allowed"
      }
    }
    return nil
  }
}

/// A function of each element, where it is asked for, and how its error may grow with its argument.
struct ElementFunction: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var domain: ClosedRange<Double> = -1e9...1e9
  /// Errors of this many halves of an ulp of the argument are its nature.
  var absolute = 0.0
  let apply: @Sendable (Variable) -> Variable

  static let all: [ElementFunction] = [
    ElementFunction(testDescription: "exp", domain: -103...88.7) { $0.exp() },
    ElementFunction(testDescription: "log", domain: 1e-37...1e9, absolute: 0) { $0.log() },
    ElementFunction(testDescription: "log1p", domain: -0.99...1e9) { $0.log1p() },
    ElementFunction(testDescription: "tanh") { $0.tanh() },
    ElementFunction(testDescription: "sigmoid") { $0.sigmoid() },
    ElementFunction(testDescription: "elu") { $0.elu() },
    ElementFunction(testDescription: "softplus") { $0.softplus() },
    ElementFunction(testDescription: "silu") { $0.silu() },
    // 1 + erf cancels for negative arguments.
    ElementFunction(testDescription: "gelu", absolute: 2) { $0.gelu() },
    ElementFunction(testDescription: "square root", domain: 0...1e9) { $0.squareRoot() },
  ]
}

extension Double {
  /// What float32 may be off by, relative to the largest element of a result.
  ///
  /// Some roundings, and for sums of n terms the square root of n: errors of either sign add like a random walk.
  static func rounding(terms: Int) -> Double { 0x1p-23 * (32 + 2 * Double(terms).squareRoot()) }
}

extension Tensor {
  /// The largest difference between elements, relative to the largest element of `other`; infinite where one is NaN.
  func distance(from other: Tensor) -> Double {
    let (a, b) = (doubles, other.doubles)
    guard a.count == b.count else { return .infinity }
    let scale = b.reduce(1e-30) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { worst, pair in
      let difference = abs(pair.0 - pair.1) / scale
      return difference.isNaN ? .infinity : max(worst, difference)
    }
  }
}
