import BernoulliFamily
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

#if canImport(Glibc)
  import Glibc
#endif

// A prior that needs the encoder and the posterior, whose parameters it shares.

/// Equal parts of Gaussians, for each of a batch.
struct Mixture: Distribution {
  /// `[parts, latentCount]`.
  let components: DiagonalGaussian
  let count: Int

  private var size: Int { components.mean.shape[0] }

  func mean(_ context: inout Context) -> Variable {
    components.mean.mean(along: 0).expanded(at: 0).broadcast(to: [count, components.mean.shape[1]])
  }
  func sample(_ context: inout Context) -> Variable {
    let which = context.key.categorical(logits: .zeros([count, size]))
    return components.mapParameters { $0.gathered(which, along: 0) }.sample(&context)
  }
  func logProbability(of value: Variable, _ context: inout Context) -> Variable? {
    components.mapParameters { $0.expanded(at: 0) }.logProbabilities(of: value.expanded(at: 1))
      .sum(along: 2).logSumExp(along: 1) - log(Double(size))
  }
  // The components belong to all of the batch.
  func mapParameters(_ f: (Variable) -> Variable) -> Mixture {
    Mixture(components: components, count: f(Variable(.zeros([count, 1]))).shape[0])
  }
}

/// The average posterior of learned pseudo-inputs.
///
/// - Source: Tomczak and Welling, "VAE with a VampPrior", arXiv:1705.07120, equation 9.
struct VampPrior<E: Encoder<Tensor>, Q: Posterior>: Prior where Q.Output == DiagonalGaussian {
  let encoder: E
  let posterior: Q
  let pseudoInputs: Parameter

  init(_ encoder: E, _ posterior: Q, count: Int, using key: inout RandomKey) {
    self.encoder = encoder
    self.posterior = posterior
    pseudoInputs = Parameter(key.normal([count] + encoder.observationShape))
  }

  var latentCount: Int { posterior.latentCount }
  var parts: KeyValuePairs<String, any ModulePart> {
    ["encoder": encoder, "posterior": posterior, "pseudo_inputs": pseudoInputs]
  }

  func callAsFunction(_ count: Int, _ context: inout Context) -> Mixture {
    let features = encoder(context[pseudoInputs].sigmoid(), &context)
    return Mixture(components: posterior(features, &context), count: count)
  }
}

@Suite struct VampPriorTests {
  typealias Model = VAE<
    MLPEncoder, DiagonalGaussianPosterior, VampPrior<MLPEncoder, DiagonalGaussianPosterior>,
    MLPDecoder, BernoulliLikelihood
  >

  private func model(using key: inout RandomKey) throws -> Model {
    let plain = try gaussianVAE()
    return try VAE(
      encoder: plain.encoder, posterior: plain.posterior,
      prior: VampPrior(plain.encoder, plain.posterior, count: 8, using: &key),
      decoder: plain.decoder, likelihood: plain.likelihood)
  }

  @Test func trains() throws {
    let outcome = try train(on: Boxes()) {
      var key = RandomKey(seed: 1)
      return Bound(model: try model(using: &key))
    }
    expectRise(outcome)
  }

  @Test func sharedParametersCountOnce() throws {
    var key = RandomKey(seed: 1)
    let (plain, vamp) = (try gaussianVAE(), try model(using: &key))
    #expect(vamp.parameterCount == plain.parameterCount + 8 * 64)
    #expect(
      vamp.namedParameters.map(\.name).filter { $0.hasPrefix("prior.") } == [
        "prior.pseudo_inputs"
      ])
  }

  /// The pseudo-inputs learn, through the encoder.
  @Test func aGradientReachesThePseudoInputs() throws {
    var key = RandomKey(seed: 1)
    let model = try model(using: &key)
    var context = Context.training(key)
    let loss = Bound(model: model).loss(on: try Boxes.some(), &context)
    let slope = loss.total.gradient(withRespectTo: [model.prior.pseudoInputs])[0]
    #expect(slope?.floats.contains { $0 != 0 } == true)
  }

  @Test(arguments: ModelLaw.allCases) func obeys(law: ModelLaw) throws {
    try law.check(observations: { $1.uniform([$0] + Boxes.shape) }) { try model(using: &$0) }
  }
}
