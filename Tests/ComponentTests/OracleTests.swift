import Foundation
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore

/// The one VAE whose evidence is known: x = W z + b + σ ε, probabilistic PCA.
///
/// The columns of W are orthogonal, so that the true posterior has independent coordinates:
/// N(Wᵀ(x - b) / (σ² + |w|²), σ² / (σ² + |w|²)).
///
/// - Source: Tipping and Bishop, "Probabilistic Principal Component Analysis", JRSS B 61, 1999;
///   Lucas, Tucker, Grosse and Norouzi, arXiv:1911.02469.
private struct LinearGaussian {
  typealias Model = VAE<
    MLPEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, GaussianLikelihood
  >
  let columns = [[0.8, -0.4, 0.2], [0.5, 0.5, -1.0]]
  let offset = [0.3, -0.2, 0.1]
  let sigma = 0.6
  let model: Model
  let x: [[Double]]

  /// `shift` moves the posterior's means away from the true ones, `widening` its log variances.
  init(shift: Double, widening: Double) throws {
    var key = RandomKey(seed: 6)
    model = try VAE(
      encoder: MLPEncoder(observationShape: [3], hidden: [], using: &key),
      posterior: DiagonalGaussianPosterior(featureCount: 3, latentCount: 2, using: &key),
      prior: StandardNormalPrior(latentCount: 2),
      decoder: MLPDecoder(latentCount: 2, hidden: [], parameterShape: [3], using: &key),
      likelihood: GaussianLikelihood(scale: .fixed(sigma)))
    x = (0..<5).map { _ in key.normal([3]).doubles }
    var values: [String: [Double]] = [:]
    let variance = sigma * sigma
    let spreads = columns.map { dot($0, $0) + variance }
    values["decoder.layers.0.weight"] = (0..<3).flatMap { i in columns.map { $0[i] } }
    values["decoder.layers.0.bias"] = offset
    let rows = zip(columns, spreads).map { column, spread in column.map { $0 / spread } }
    values["posterior.projection.weight"] = rows.flatMap { $0 } + [Double](repeating: 0, count: 6)
    values["posterior.projection.bias"] =
      rows.map { shift - dot($0, offset) } + spreads.map { log(variance / $0) + widening }
    for (name, parameter) in model.namedParameters {
      let value = try #require(values[name])
      parameter.value = Tensor(value, shape: parameter.shape).converted(to: .float32)
    }
  }

  /// log N(x; b, W Wᵀ + σ² I), by the matrix inversion lemma.
  func evidence(of x: [Double]) -> Double {
    let centered = zip(x, offset).map { $0 - $1 }
    let variance = sigma * sigma
    var square = dot(centered, centered) / variance
    var determinant = Double(x.count) * log(variance)
    for column in columns {
      let spread = dot(column, column) + variance
      let projection = dot(column, centered)
      square -= projection * projection / spread / variance
      determinant += log(spread / variance)
    }
    return -0.5 * (square + determinant + Double(x.count) * log(2 * Double.pi))
  }

  /// log p(x, z) - log q(z | x), and the ELBO's estimate with the closed divergence, for many codes
  /// of each x.
  func weights(draws: Int) -> (log: [[Double]], elbo: [[Double]]) {
    let rows = x.flatMap { row in (0..<draws).flatMap { _ in row } }
    let tensor = Tensor(rows, shape: [x.count * draws, 3]).converted(to: .float32)
    var context = Context.inference(RandomKey(seed: 7))
    let output = model.infer(tensor, &context)
    let sites = context.sites
    guard let fit = output.logProbability(of: Variable(tensor), &context),
      let prior = sites.logPrior, let posterior = sites.logPosterior, let kl = sites.divergence
    else { return ([], []) }
    let (log, elbo) = (fit + prior - posterior, fit - kl)
    func split(_ numbers: [Double]) -> [[Double]] {
      stride(from: 0, to: numbers.count, by: draws).map { Array(numbers[$0..<($0 + draws)]) }
    }
    return (split(log.value.doubles), split(elbo.value.doubles))
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

private func mean(_ numbers: [Double]) -> (value: Double, error: Double) {
  let mean = numbers.reduce(0, +) / Double(numbers.count)
  let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (mean, (squares / Double(numbers.count * (numbers.count - 1))).squareRoot())
}

/// The bound of `k` weighted samples, averaged over groups of `k`.
private func bound(_ logs: [Double], _ k: Int) -> (value: Double, error: Double) {
  mean(
    stride(from: 0, to: logs.count, by: k).map { start in
      log(logs[start..<(start + k)].reduce(0) { $0 + exp($1) } / Double(k))
    })
}

@Suite struct OracleTests {
  /// At the true posterior every weighted sample, and so every bound, is the evidence itself.
  @Test func boundsAreTightAtTheOptimum() throws {
    let oracle = try LinearGaussian(shift: 0, widening: 0)
    let (logs, elbos) = oracle.weights(draws: 400)
    for (i, x) in oracle.x.enumerated() {
      let exact = oracle.evidence(of: x)
      #expect(logs[i].allSatisfy { abs($0 - exact) < 1e-4 * (1 + abs(exact)) })
      let elbo = mean(elbos[i])
      #expect(abs(elbo.value - exact) <= 5 * elbo.error)
    }
  }

  /// Away from it the ELBO falls short by KL(q ‖ p(z | x)), and more samples close the gap from
  /// below.
  @Test func boundsAreOrderedAwayFromTheOptimum() throws {
    let (shift, widening) = (0.5, 0.4)
    let oracle = try LinearGaussian(shift: shift, widening: widening)
    let (logs, elbos) = oracle.weights(draws: 6000)
    let variance = oracle.sigma * oracle.sigma
    let gap = oracle.columns.reduce(0) { sum, column in
      let posterior = variance / (dot(column, column) + variance)
      return sum + 0.5 * (exp(widening) + shift * shift / posterior - 1 - widening)
    }
    for (i, x) in oracle.x.enumerated() {
      let exact = oracle.evidence(of: x)
      let (elbo, few, many) = (mean(elbos[i]), bound(logs[i], 5), bound(logs[i], 60))
      #expect(abs(elbo.value - (exact - gap)) <= 5 * elbo.error)
      #expect(elbo.value < few.value && few.value < many.value)
      #expect(many.value <= exact + 5 * many.error)
      #expect(many.value > exact - 0.1)
    }
  }

  /// At the true posterior the calibrated scale is the one of the data, and stays there.
  @Test func aCalibratedScaleStaysAtTheOptimum() throws {
    let oracle = try LinearGaussian(shift: 0, widening: 0)
    let likelihood = GaussianLikelihood(scale: .calibrated(initial: oracle.sigma))
    var key = RandomKey(seed: 8)
    for step in 0..<200 {
      var training = Context.training(key.split())
      training.enter(step: step + 1000, of: likelihood)
      let codes = key.normal([2000, 2])
      let x =
        oracle.model.decoder(Variable(codes), &training).value + key.normal([2000, 3])
        * oracle.sigma
      let posterior = oracle.model.infer(x, &training)
      _ = likelihood.logProbability(of: x, given: posterior.mean, &training)
    }
    let variance = try #require(likelihood.namedParameters.first).parameter.value.item
    #expect(abs(variance.squareRoot() - oracle.sigma) < 0.003)
  }

  /// KL from ten-dimensional Gaussians to N(0, I), by hand.
  @Test(arguments: [(0.0, 0.0, 0.0), (1, 0, 5), (1, 1, 8.591409142295225)])
  func divergencesAreExact(mean: Double, logVariance: Double, expected: Double) throws {
    let q = DiagonalGaussian(
      mean: Variable(Tensor(repeating: mean, shape: [2, 10])),
      logVariance: Variable(Tensor(repeating: logVariance, shape: [2, 10])))
    var context = Context.inference()
    let prior = StandardNormalPrior(latentCount: 10)(2, &context)
    let kl = try #require(q.divergence(from: prior)).total
    #expect(kl.value.doubles.allSatisfy { abs($0 - expected) < 1e-5 })
  }
}
