import GaussianFamily
import Layers
import TensorCore
import Testing
import VAECore

/// The divergence that a sample's pass works out besides is the one that the formulas give alone.
@Suite struct GaussianCodesTests {
  /// What a loss makes of a posterior.
  enum Use: CaseIterable { case both, codes, divergence, severalSamples, divergenceFirst }

  private let mean: Parameter
  private let logVariance: Parameter

  init() {
    var key = RandomKey(seed: 3)
    mean = Parameter(key.normal([5, 7], dtype: .float64))
    logVariance = Parameter(key.normal([5, 7], dtype: .float64))
  }

  /// A loss and its gradients; `isFused` takes them from the components, else from the formulas, each alone.
  private func outcome(_ use: Use, _ dtype: DType, isFused: Bool, _ key: RandomKey) -> [Tensor?] {
    let leaves = [mean, logVariance].map {
      Variable($0.value.converted(to: dtype), requiresGradient: true)
    }
    let q = DiagonalGaussian(mean: leaves[0], logVariance: leaves[1])
    var context = Context.training(key)
    func sample() -> Variable {
      guard !isFused else {
        let site = "z\(context.sites.count)"
        return context.draw(site, prior: StandardNormal(shape: [5, 7]), posterior: q)
      }
      return leaves[0].reparameterized(
        logVariance: leaves[1], noise: context.key.normal([5, 7], dtype: dtype))
    }
    func divergence(_ codes: Variable) -> Variable {
      guard !isFused else {
        let closed = q.divergence(from: StandardNormal(shape: [5, 7]))?.total
        return context.sites.last?.divergence ?? closed ?? codes
      }
      return leaves[0].gaussianDivergenceFromStandard(logVariance: leaves[1])
    }
    let total: Variable
    switch use {
    case .both:
      let z = sample()
      total = (z.tanh().sumPerExample() + divergence(z) * 0.7).sum()
    case .codes: total = sample().squared().sum()
    case .divergence:
      let z = sample().detached
      total = (divergence(z).squared() + z.sumPerExample()).sum()
    case .severalSamples:
      let (z, other) = (sample(), sample())
      total = ((z * other).sumPerExample() + divergence(z) + divergence(other) * 0.2).sum()
    case .divergenceFirst:
      let kl = divergence(leaves[0])
      total = (sample().tanh().sumPerExample() + kl * 2).sum()
    }
    return [total.value] + total.gradient(withRespectTo: leaves)
  }

  @Test(arguments: Use.allCases, [DType.float32, .float64])
  func fusedIsSeparate(_ use: Use, in dtype: DType) throws {
    let key = RandomKey(seed: 4)
    let found = outcome(use, dtype, isFused: true, key)
    for (a, b) in zip(found, outcome(use, dtype, isFused: false, key)) {
      let (a, b) = (try #require(a).doubles, try #require(b).doubles)
      for (x, y) in zip(a, b) {
        #expect(abs(x - y) <= (dtype == .float32 ? 1e-5 : 1e-14) * (1 + abs(y)))
      }
    }
  }

  @Test(arguments: Use.allCases, [DType.float32, .float64])
  func capturedIsTheSame(_ use: Use, in dtype: DType) throws {
    let capture = Capture([mean, logVariance])
    for seed in 0..<5 {
      let key = RandomKey(seed: UInt64(seed))
      func run() -> [Tensor?] { outcome(use, dtype, isFused: true, key) }
      #expect(capture([], inputs: [], key: key, run) == run())
    }
    #expect(capture.replayCount == 2)
  }
}
