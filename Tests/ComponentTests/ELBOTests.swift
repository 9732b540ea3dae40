import ELBOObjective
import GaussianFamily
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

@Suite struct ELBOTests {
  @Test(arguments: [
    (KLWeight.constant(3), [(0, 3.0), (9, 3)], 0),
    (.linear(from: 0.2, to: 1, steps: 4), [(0, 0.2), (1, 0.4), (3, 0.8), (4, 1), (99, 1)], 4),
    // 1 / (1 + exp(6.25)), 1/2, 1 / (1 + exp(-6.25)); log(999) / 0.0025 = 2762.7.
    (
      .logistic(midpoint: 2500, steepness: 0.0025),
      [(0, 0.0019267346633274757), (2500, 0.5), (5000, 0.9980732653366725), (5263, 1)], 5263
    ),
    (
      .cyclical(to: 2, period: 10, cycles: 3, rising: 0.4),
      [(0, 0), (1, 0.5), (3, 1.5), (4, 2), (9, 2), (10, 0), (12, 1), (23, 1.5), (24, 2), (40, 2)],
      24
    ),
  ])
  func weightsFollowTheirFormulas(weight: KLWeight, values: [(Int, Double)], settled: Int) {
    for (step, expected) in values { #expect(abs(weight(at: step) - expected) < 1e-12) }
    #expect(weight.settledStep == settled)
    #expect(weight(at: settled) == weight.end)
    #expect(settled == 0 || weight(at: settled - 1) != weight.end)
  }

  /// Four posteriors of four codes with deviation 1: the KL of a code is half its squared mean.
  private let means = [[2.0, 0, 1, 0.2], [-2, 0.4, 1, 0], [2, 0, -1, 0.2], [-2, 0, 3, 0]]

  private func loss(_ weight: KLWeight, _ freeBits: FreeBits?) throws -> Loss {
    let model = try Codes.model()
    let objective =
      try freeBits.map { try ELBO(model, klWeight: weight, freeBits: $0) }
      ?? ELBO(model, klWeight: weight)
    let x = Tensor(means.flatMap { $0 }, shape: [4, 4]).converted(to: .float32)
    var context = Context.training(RandomKey(seed: 2))
    context.enter(step: 0, of: objective)
    return objective.loss(on: Batch(observations: x, count: 4), &context)
  }

  /// KL of the codes, averaged over the batch: 2, 0.02, 1.5, 0.01.
  @Test(arguments: [
    (0.5, 1, 2 + 0.5 + 1.5 + 0.5), (0.5, 2, 2.02 + 1.51), (1.8, 2, 2.02 + 1.8), (4, 4, 4),
    (3, 4, 3.53), (0, 1, 3.53),
  ])
  func freeBitsChargeEachGroupAtLeastTheirRate(nats: Double, size: Int, kl: Double) throws {
    let plain = try loss(.constant(2), nil)
    let free = try loss(.constant(2), FreeBits(nats, groupSize: size))
    let difference = free.total.value.item - plain.total.value.item
    #expect(abs(difference - 2 * (kl - 3.53)) < 1e-5)
    // What is reported is the bound all the same.
    for (a, b) in zip(plain.terms, free.terms) { #expect(a.key == b.key && a.value == b.value) }
  }

  @Test func aChangingWeightIsReported() throws {
    let loss = try loss(.linear(from: 0.25, steps: 10), nil)
    #expect(loss.terms.map(\.key) == ["reconstruction", "kl", "elbo", "kl_weight"])
    #expect(loss.terms.last?.value.doubles == [0.25, 0.25, 0.25, 0.25])
    let (reconstruction, kl) = (loss.terms[0].value, loss.terms[1].value)
    #expect(loss.terms[2].value == (reconstruction + kl) * -1)
  }

  @Test func freeBitsThatDoNotFitAreRefused() throws {
    let model = try Codes.model()
    #expect { try ELBO(model, freeBits: FreeBits(1, groupSize: 3)) } throws: {
      "\($0)".contains("3 does not divide the model's 4 codes")
    }
    let opaque = try VAE(
      encoder: Codes.Echo(), posterior: Codes.Unit(), prior: Codes.Undivided(),
      decoder: Codes.Echo(), likelihood: MinimalLikelihood())
    #expect { try ELBO(opaque, freeBits: FreeBits(1, groupSize: 2)) } throws: {
      "\($0)".contains("make one group of all 4")
    }
    #expect(throws: Never.self) { try ELBO(opaque, freeBits: FreeBits(1, groupSize: 4)) }
  }
}

/// A model whose codes' means are the observations.
private enum Codes {
  static func model() throws -> some LatentModel<Tensor> {
    try VAE(
      encoder: Echo(), posterior: Unit(), prior: StandardNormalPrior(latentCount: 4),
      decoder: Echo(), likelihood: MinimalLikelihood())
  }

  struct Echo: Encoder, Decoder {
    typealias Observation = Tensor
    let observationShape: Shape = [4]
    let parameterShape: Shape = [4]
    let featureCount = 4
    let latentCount = 4
    func callAsFunction(_ codes: Variable, _ context: inout Context) -> Variable { codes }
  }

  struct Unit: Posterior {
    let featureCount = 4
    let latentCount = 4
    func callAsFunction(_ features: Variable, _ context: inout Context) -> DiagonalGaussian {
      DiagonalGaussian(mean: features, logVariance: Variable(.zeros(features.shape)))
    }
  }

  /// N(0, I) that says neither its law nor that its coordinates are independent.
  struct Undivided: Prior {
    let latentCount = 4
    func callAsFunction(_ count: Int, _ context: inout Context) -> MinimalDistribution {
      MinimalDistribution(mean: Variable(.zeros([count, 4])))
    }
  }
}
