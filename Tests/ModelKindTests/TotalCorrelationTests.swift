import BernoulliFamily
import Foundation
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore

// Coordinates whose densities broadcast over all pairs of a batch, and the size of the data, known in a pass.

/// The divergence in three terms, of which the dependence of the coordinates costs more than the others.
///
/// - Source: Chen, Li, Grosse and Duvenaud, "Isolating Sources of Disentanglement in Variational Autoencoders", arXiv:1802.04942,
///   equation 4, with minibatch-weighted sampling (appendix C.1).
struct TotalCorrelation: Objective {
  let model: GaussianVAE
  let beta = 4.0
  var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let x = batch.observations
    let terms = divergence(of: x, &context)
    let fit = model.likelihood(model.decoder(terms.codes, &context), &context)
      .logProbability(of: Variable(x), &context)
    guard let fit else { preconditionFailure("a bound needs log p(x | z)") }
    let kl = terms.information + terms.correlation + terms.dimensions
    return Loss(
      total: (kl + terms.correlation * (beta - 1) - fit).mean(),
      terms: ["elbo": (fit - kl).value, "total_correlation": terms.correlation.value])
  }

  /// The index-code information, the total correlation and the divergence of the coordinates, one by one: `[batch]` each.
  func divergence(
    of x: Tensor, _ context: inout Context
  ) -> (codes: Variable, information: Variable, correlation: Variable, dimensions: Variable) {
    let q = model.encode(x, &context)
    let z = q.sample(&context)
    // [code, posterior, coordinate]
    let pairs = q.mapParameters { $0.expanded(at: 0) }.logProbabilities(of: z.expanded(at: 1))
    let norm = log(Double(x.shape[0] * (context.exampleCount ?? x.shape[0])))
    let whole = pairs.sum(along: 2).logSumExp(along: 1) - norm
    let apart = (pairs.logSumExp(along: 1) - norm).sum(along: 1)
    let own = q.logProbabilities(of: z).sumPerExample()
    let prior = model.prior(x.shape[0], &context).logProbabilities(of: z).sumPerExample()
    return (z, own - whole, whole - apart, apart - prior)
  }
}

@Suite struct TotalCorrelationTests {
  @Test func trains() throws {
    expectRise(try train(on: Boxes()) { TotalCorrelation(model: try gaussianVAE()) })
  }

  /// The three terms are the divergence, and whatever weighs a minibatch cancels.
  @Test func theTermsAddUp() throws {
    let (model, x) = (try gaussianVAE(), try Boxes.some().observations)
    for count in [nil, 160, 100_000] {
      var context = Context.inference(RandomKey(seed: 4))
      context.exampleCount = count
      let terms = TotalCorrelation(model: model).divergence(of: x, &context)
      let sum = (terms.information + terms.correlation + terms.dimensions).value.doubles
      var again = Context.inference(RandomKey(seed: 4))
      let q = model.encode(x, &again)
      let own = q.logProbabilities(of: terms.codes).sumPerExample()
      let prior = model.prior(x.shape[0], &again).logProbabilities(of: terms.codes)
        .sumPerExample()
      for (a, b) in zip(sum, (own - prior).value.doubles) { #expect(abs(a - b) < 1e-3) }
    }
  }
}
