import GaussianFamily
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

/// A prior that is told of each row that it is of class 1.
private struct Told<P: Prior>: Prior {
  let base: P
  var latentCount: Int { base.latentCount }
  var parts: KeyValuePairs<String, any ModulePart> { ["base": base] }

  func callAsFunction(_ count: Int, _ context: inout Context) -> P.Output {
    let labels = Tensor(repeating: 1, shape: [count], dtype: .int32)
    context.condition = Variable(.oneHot(labels, count: 3))
    return base(count, &context)
  }
}

@Suite struct LearnedPriorTests {
  private func posteriors(_ width: Int) -> (Int, inout RandomKey) -> DiagonalGaussian {
    { count, key in
      DiagonalGaussian(
        mean: Variable(key.normal([count, width])),
        logVariance: Variable(key.normal([count, width]))
      )
    }
  }

  @Test(arguments: PriorLaw.allCases, [1, 2])
  func gaussianMixture(obeys law: PriorLaw, latentCount: Int) throws {
    try law.check(posteriors: posteriors(latentCount)) {
      let prior = GaussianMixturePrior(
        latentCount: latentCount, componentCount: 3, using: &$0)
      prior.logits.value = Tensor([0.5, -1, 0.2] as [Float], shape: [3])
      prior.logVariances.value = $0.normal([3, latentCount])
      return prior
    }
  }

  @Test(arguments: PriorLaw.allCases, [1, 2])
  func conditionalGaussian(obeys law: PriorLaw, latentCount: Int) throws {
    try law.check(posteriors: posteriors(latentCount)) {
      Told(
        base: ConditionalGaussianPrior(
          latentCount: latentCount, conditionWidth: 3, using: &$0))
    }
  }

  /// log of Σ wₖ N(z; μₖ, σₖ²), by hand.
  @Test func aMixtureHasTheDensityOfItsParts() throws {
    var key = RandomKey(seed: 1)
    let prior = GaussianMixturePrior(latentCount: 1, componentCount: 2, using: &key)
    prior.means.value = Tensor([-1, 2] as [Float], shape: [2, 1])
    prior.logVariances.value = Tensor([0, 1.3862944] as [Float], shape: [2, 1])  // σ = 1, 2
    prior.logits.value = Tensor([1.0986123, 0] as [Float], shape: [2])  // weights 3/4, 1/4
    var context = Context.inference()
    let mixture = prior(2, &context)
    let logs = mixture.logProbability(
      of: Variable(Tensor([0, 2] as [Float], shape: [2, 1])), &context)
    // 0.75 φ(1) + 0.25 φ(-1) / 2 at 0; 0.75 φ(3) + 0.25 φ(0) / 2 at 2.
    let expected = [-1.5524699, -2.9338534]
    for (found, wanted) in zip(try #require(logs?.value.doubles), expected) {
      #expect(abs(found - wanted) < 1e-5, "\(found) is not \(wanted)")
    }
    #expect(abs(mixture.mean(&context).value.doubles[0] - -0.25) < 1e-6)
  }
}
