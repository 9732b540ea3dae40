import BernoulliFamily
import GaussianFamily
import ImportanceWeightedObjective
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

private typealias Model = VAE<
  MLPEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, BernoulliLikelihood
>

private func model(_ key: inout RandomKey) throws -> Model {
  try VAE(
    encoder: MLPEncoder(observationShape: [4, 3, 1], hidden: [6], activation: .tanh, using: &key),
    posterior: DiagonalGaussianPosterior(featureCount: 6, latentCount: 2, using: &key),
    prior: StandardNormalPrior(latentCount: 2),
    decoder: MLPDecoder(
      latentCount: 2, hidden: [6], parameterShape: [4, 3, 1], activation: .tanh, using: &key),
    likelihood: BernoulliLikelihood())
}

@Suite struct ImportanceWeightedTests {
  /// What an estimator is.
  struct Kind: Sendable, CustomTestStringConvertible {
    var samples = 1
    var groups = 1
    var share = 0.0
    var gradient = ImportanceGradient.reparameterized
    var testDescription: String { "\(groups) x \(samples), \(share), \(gradient)" }
  }

  @Test(
    arguments: ObjectiveLaw.allCases,
    [
      Kind(samples: 4), Kind(samples: 3, groups: 2), Kind(samples: 3, groups: 2, share: 0.3),
      Kind(samples: 4, gradient: .doublyReparameterized),
      Kind(samples: 3, groups: 2, share: 0.3, gradient: .doublyReparameterized),
      // With more codes it has another mean.
      Kind(gradient: .stickingTheLanding),
    ])
  func bounds(obey law: ObjectiveLaw, kind: Kind) throws {
    let isItself = kind.gradient == .reparameterized
    try law.check(
      observations: { $1.uniform([$0, 4, 3, 1]) }, klWeight: nil,
      standsFor: isItself ? .total : .term("bound", times: -1)
    ) {
      try ImportanceWeighted(
        model(&$0), samples: kind.samples, groups: kind.groups, elboShare: kind.share,
        gradient: kind.gradient)
    }
  }

  @Test(arguments: ObjectiveLaw.allCases)
  func partiallyImportanceWeighted(obeys law: ObjectiveLaw) throws {
    try law.check(observations: { $1.uniform([$0, 4, 3, 1]) }, klWeight: nil) {
      try PartiallyImportanceWeighted(model(&$0), samples: 2, groups: 3)
    }
  }

  private func term(_ name: String, _ objective: some Objective<Batch<Tensor>>) -> [Double] {
    var key = RandomKey(seed: 3)
    let batch = Batch(observations: key.uniform([5, 4, 3, 1]), count: 5)
    var context = Context.training(RandomKey(seed: 4))
    let loss = objective.loss(on: batch, &context)
    return loss.terms.first { $0.key == name }?.value.doubles ?? []
  }

  /// The bound of one group is never below that of several over the same codes, whose is never below the mean.
  @Test func boundsAreInTheirOrder() throws {
    var key = RandomKey(seed: 1)
    let model = try model(&key)
    func bound(_ samples: Int, _ groups: Int, _ share: Double = 0) throws -> [Double] {
      term(
        "bound",
        try ImportanceWeighted(model, samples: samples, groups: groups, elboShare: share))
    }
    let (all, some, one) = (try bound(12, 1), try bound(4, 3), try bound(1, 12))
    let elbo = term("elbo", try ImportanceWeighted(model, samples: 12))
    let mixed = try bound(12, 1, 0.25)
    for i in all.indices {
      #expect(all[i] > some[i] && some[i] > one[i])
      #expect(abs(one[i] - elbo[i]) < 1e-5)
      #expect(abs(mixed[i] - (0.25 * elbo[i] + 0.75 * all[i])) < 1e-5)
    }
  }

  /// The three gradients are those of one value.
  @Test func allGradientsReportTheSameValue() throws {
    var key = RandomKey(seed: 1)
    let model = try model(&key)
    let bounds = try ImportanceGradient.allCases.map {
      term("bound", try ImportanceWeighted(model, samples: 5, gradient: $0))
    }
    for other in bounds.dropFirst() {
      for (a, b) in zip(bounds[0], other) { #expect(abs(a - b) < 1e-5) }
    }
  }
}
