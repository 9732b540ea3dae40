import BernoulliFamily
import Foundation
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

// A posterior that looks at log p(x, z): its samples roll down the slope of the whole model, and losses hold that slope.

/// - Source: Caterini, Doucet and Sejdinovic, "Hamiltonian Variational Auto-Encoder", arXiv:1805.11328, algorithm 1 with quadratic
///   tempering.
struct HamiltonianVAE<L: Likelihood<Tensor>>: LatentModel {
  typealias Plain = VAE<
    MLPEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, L
  >
  let plain: Plain
  let stepCount: Int
  /// log ε, and log(1 / √β₀ - 1), of which 1 / √β₀ is how much faster than at rest codes begin.
  let logStep = Parameter(Tensor(repeating: -2.3, shape: [1]))
  let heat = Parameter(.zeros([1]))

  var parts: KeyValuePairs<String, any ModulePart> {
    ["plain": plain, "log_step": logStep, "heat": heat]
  }

  func callAsFunction(
    _ x: Tensor?, _ condition: Blank, _ context: inout Context
  ) -> L.Output {
    let q = x.map { x in
      Rolling(
        start: plain.encode(x, &context), seen: Variable(x), stepCount: stepCount,
        step: context[logStep].exp(), speed: context[heat].exp() + 1, target: logJoint
      ).repeated(context.sampleCount)
    }
    let prior = plain.prior(condition.rowCount, &context)
    return output(context.draw("z", prior: prior, posterior: q), &context)
  }

  private func output(_ z: Variable, _ context: inout Context) -> L.Output {
    plain.likelihood(plain.decoder(z, &context), &context)
  }

  /// log p(x, z), `[rows]`.
  private func logJoint(_ x: Variable, _ z: Variable, _ context: inout Context) -> Variable {
    let fit = output(z, &context).logProbability(of: x, &context)
    let prior = plain.prior(z.shape[0], &context).logProbability(of: z, &context)
    guard let fit, let prior else { preconditionFailure("a slope needs densities") }
    return fit + prior
  }
}

/// Codes of a Gaussian that roll along the slope of a target, ever slower.
///
/// The momentum that is left at the end is a variable of the model like the code, with the density N(0, I); the steps keep volume.
struct Rolling: Distribution {
  let start: DiagonalGaussian
  let seen: Variable
  let stepCount: Int
  let step, speed: Variable
  let target: (_ x: Variable, _ z: Variable, inout Context) -> Variable

  func mean(_ context: inout Context) -> Variable {
    rolled(start.mean, start.mean * 0, &context).code
  }
  func sample(_ context: inout Context) -> Variable { draw(against: nil, &context).value }
  func logProbability(of value: Variable, _ context: inout Context) -> Variable? { nil }
  func mapParameters(_ f: (Variable) -> Variable) -> Rolling {
    Rolling(
      start: start.mapParameters(f), seen: f(seen), stepCount: stepCount, step: step, speed: speed,
      target: target)
  }

  func draw(against law: Law?, _ context: inout Context) -> Draw<Variable> {
    let first = start.draw(against: nil, &context)
    let push = Variable(context.key.normal(first.value.shape, dtype: first.value.dtype))
    let (code, left) = rolled(first.value, push * speed, &context)
    return Draw(code) {
      let log = first.logProbability?() ?? start.logProbabilities(of: first.value).sumPerExample()
      return log + (left.squared() - push.squared()).sumPerExample() * 0.5
    }
  }

  /// Leapfrog steps, after each of which 1 / √βₖ tells how much momentum is left.
  private func rolled(
    _ code: Variable, _ momentum: Variable, _ context: inout Context
  ) -> (code: Variable, momentum: Variable) {
    var (z, p, scale) = (code, momentum, speed)
    for k in 1...stepCount {
      p = p + slope(at: z, &context) * step * 0.5
      z = z + p * step
      p = p + slope(at: z, &context) * step * 0.5
      let share = Double(k * k) / Double(stepCount * stepCount)
      let next = speed * (1 - share) + share
      p = p * (next / scale)
      scale = next
    }
    return (z, p)
  }

  /// A pass that keeps no tape needs one all the same, for this slope alone.
  private func slope(at z: Variable, _ context: inout Context) -> Variable {
    let here = z.requiresGradient ? z : Variable(z.value, requiresGradient: true)
    let slope = target(seen, here, &context).sum().gradientVariables(withRespectTo: [here])[0]
    guard let slope else { preconditionFailure("the target does not depend on the code") }
    return context.recordsGradients ? slope : slope.detached
  }
}

@Suite struct HamiltonianTests {
  private func model<L: Likelihood<Tensor>>(
    _ shape: Shape, latentCount: Int, hidden: [Int], _ likelihood: L, steps: Int,
    using key: inout RandomKey
  ) throws -> HamiltonianVAE<L> {
    HamiltonianVAE(
      plain: try VAE(
        encoder: MLPEncoder(observationShape: shape, hidden: [32], using: &key),
        posterior: DiagonalGaussianPosterior(
          featureCount: 32, latentCount: latentCount, using: &key),
        prior: StandardNormalPrior(latentCount: latentCount),
        decoder: MLPDecoder(
          latentCount: latentCount, hidden: hidden, parameterShape: shape, activation: .tanh,
          using: &key),
        likelihood: likelihood), stepCount: steps)
  }

  private func ofBoxes(
    using key: inout RandomKey
  ) throws -> HamiltonianVAE<BernoulliLikelihood> {
    try model(
      Boxes.shape, latentCount: 4, hidden: [32], BernoulliLikelihood(), steps: 3, using: &key)
  }

  @Test func trains() throws {
    expectRise(
      try train(on: Boxes()) {
        var key = RandomKey(seed: 1)
        return Bound(model: try ofBoxes(using: &key))
      })
  }

  @Test(arguments: ModelLaw.allCases) func obeys(law: ModelLaw) throws {
    try law.check(observations: { $1.uniform([$0] + Boxes.shape) }) { try ofBoxes(using: &$0) }
  }

  /// The slope within the loss is differentiated too.
  @Test func gradientsAreSlopes() throws {
    try ObjectiveLaw.gradient.check(observations: { $1.uniform([$0] + Boxes.shape) }) {
      Bound(model: try ofBoxes(using: &$0))
    }
  }

  /// Of x = 2z + 2 + noise all is known: weights have the mean p(x) whatever the steps, and the bound comes nearer with each.
  @Test func boundsOfAGaussianRiseWithSteps() throws {
    let x = Tensor([-1, 1, 4] as [Float], shape: [3, 1])
    let exact = x.doubles.map {
      -0.5 * (($0 - 2) * ($0 - 2) / 5 + Foundation.log(2 * .pi * 5))
    }
    var bounds: [[Double]] = []
    for steps in 0...4 {
      var key = RandomKey(seed: 1)
      let model = try model(
        [1], latentCount: 1, hidden: [], GaussianLikelihood(scale: .fixed(1)),
        steps: max(steps, 1), using: &key)
      for parameter in model.plain.decoder.trainableParameters {
        parameter.value = Tensor(repeating: 2, shape: parameter.shape)
      }
      var context = Context.inference(key)
      let logs =
        steps == 0
        ? model.plain.logWeights(of: x, samples: 20_000, &context)
        : model.logWeights(of: x, samples: 20_000, &context)
      let weights = try #require(logs).value
      bounds.append(weights.sum(along: 1).doubles.map { $0 / 20_000 })
      for (row, exact) in exact.enumerated() {
        let ratios = weights.sliced(along: 0, row..<(row + 1)).doubles.map { exp($0 - exact) }
        let mean = ratios.reduce(0, +) / 20_000
        let squares = ratios.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        #expect(abs(mean - 1) < 5 * squares.squareRoot() / 20_000, "\(steps) \(row) \(mean)")
      }
    }
    for (row, exact) in exact.enumerated() {
      let rising = bounds.map { $0[row] }
      #expect(zip(rising, rising.dropFirst()).allSatisfy { $0 < $1 }, "\(rising)")
      #expect(rising.allSatisfy { $0 < exact }, "\(rising) \(exact)")
    }
  }
}
