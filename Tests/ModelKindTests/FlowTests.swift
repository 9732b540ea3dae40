import BernoulliFamily
import GaussianFamily
import ImportanceWeightedObjective
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

// A posterior that knows the density of its own samples only.

/// Codes of a Gaussian pushed through planar maps, which have no inverse.
///
/// - Source: Rezende and Mohamed, "Variational Inference with Normalizing Flows", arXiv:1505.05770, equations 10 to 13.
struct Pushed: Distribution {
  let base: DiagonalGaussian
  let maps: [Planar.Read]

  func mean(_ context: inout Context) -> Variable {
    maps.reduce(base.mean) { $1($0).code }
  }
  func sample(_ context: inout Context) -> Variable { draw(against: nil, &context).value }
  func logProbability(of value: Variable, _ context: inout Context) -> Variable? { nil }
  func mapParameters(_ f: (Variable) -> Variable) -> Pushed {
    Pushed(base: base.mapParameters(f), maps: maps)
  }

  func draw(against law: Law?, _ context: inout Context) -> Draw<Variable> {
    let drawn = base.draw(against: nil, &context)
    var code = drawn.value
    var volume: Variable?
    for map in maps {
      let (next, log) = map(code)
      code = next
      volume = volume.map { $0 + log } ?? log
    }
    let change = volume
    return Draw(code) {
      let log = drawn.logProbability?() ?? base.logProbabilities(of: drawn.value).sumPerExample()
      return change.map { log - $0 } ?? log
    }
  }
}

struct Planar: Module {
  let direction, weight, bias: Parameter

  init(_ count: Int, using key: inout RandomKey) {
    direction = Parameter(key.normal([1, count], deviation: 0.3))
    weight = Parameter(key.normal([1, count], deviation: 0.3))
    bias = Parameter(.zeros([1]))
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["direction": direction, "weight": weight, "bias": bias]
  }

  /// The map as a pass sees it.
  struct Read {
    let u, w, b: Variable

    func callAsFunction(_ z: Variable) -> (code: Variable, logVolume: Variable) {
      let wu = (w * u).sum(along: 1).expanded(at: 1)
      let reach = u + (wu.softplus() - 1 - wu) * w / (w.squared().sum(along: 1).expanded(at: 1))
      let h = ((z * w).sum(along: 1) + b).tanh().expanded(at: 1)
      let slope = (1 - h.squared()) * (w * reach).sum(along: 1).expanded(at: 1)
      return (z + reach * h, (slope + 1).absolute().log().sumPerExample())
    }
  }

  func read(_ context: inout Context) -> Read {
    Read(u: context[direction], w: context[weight], b: context[bias])
  }
}

struct FlowPosterior: Posterior {
  let base: DiagonalGaussianPosterior
  let maps: [Planar]

  init(featureCount: Int, latentCount: Int, depth: Int, using key: inout RandomKey) {
    base = DiagonalGaussianPosterior(
      featureCount: featureCount, latentCount: latentCount, using: &key)
    maps = (0..<depth).map { _ in Planar(latentCount, using: &key) }
  }

  var featureCount: Int { base.featureCount }
  var latentCount: Int { base.latentCount }
  var parts: KeyValuePairs<String, any ModulePart> { ["base": base, "maps": maps] }

  func callAsFunction(_ features: Variable, _ context: inout Context) -> Pushed {
    Pushed(base: base(features, &context), maps: maps.map { $0.read(&context) })
  }
}

@Suite struct FlowTests {
  private func model(
    using key: inout RandomKey
  ) throws -> some LatentModel<Tensor> {
    let plain = try gaussianVAE()
    return try VAE(
      encoder: plain.encoder,
      posterior: FlowPosterior(featureCount: 32, latentCount: 4, depth: 3, using: &key),
      prior: plain.prior, decoder: plain.decoder, likelihood: plain.likelihood)
  }

  @Test func trains() throws {
    func make() throws -> some Objective<Batch<Tensor>> {
      var key = RandomKey(seed: 1)
      return Bound(model: try model(using: &key))
    }
    expectRise(try train(on: Boxes(), make))
    func weighted() throws -> some Objective<Batch<Tensor>> {
      var key = RandomKey(seed: 1)
      return try ImportanceWeighted(model(using: &key), samples: 5)
    }
    expectRise(try train(on: Boxes(), weighted), "bound")
  }

  @Test(arguments: ModelLaw.allCases) func obeys(law: ModelLaw) throws {
    try law.check(observations: { $1.uniform([$0] + Boxes.shape) }) { try model(using: &$0) }
  }

  @Test(arguments: PosteriorLaw.allCases, [1, 2])
  func thePosterior(obeys law: PosteriorLaw, latentCount: Int) throws {
    // The Gaussian's mean through the maps stands for the mean of what they make of it.
    if law == .mean { return }
    try law.check {
      FlowPosterior(featureCount: 3, latentCount: latentCount, depth: 2, using: &$0)
    }
  }

  /// The density that a draw states is the base's over the volume: sums over a fine grid of the base are one.
  @Test func aDrawIsAsProbableAsItsVolumeSays() {
    var key = RandomKey(seed: 5)
    var context = Context.inference(key)
    let flow = FlowPosterior(featureCount: 2, latentCount: 1, depth: 3, using: &key)
    let q = flow(Variable(Tensor(repeating: 0.4, shape: [4000, 2])), &context)
    let drawn = q.draw(against: nil, &context)
    let pairs = zip(drawn.value.value.doubles, drawn.logProbability?().value.doubles ?? [])
      .sorted { $0.0 < $1.0 }
    // The trapezoid rule over the samples themselves.
    let mass = zip(pairs, pairs.dropFirst()).reduce(0) {
      $0 + ($1.1.0 - $1.0.0) * (exponential($1.0.1) + exponential($1.1.1)) / 2
    }
    #expect(abs(mass - 1) < 0.02, "\(mass)")
  }

  private func exponential(_ x: Double) -> Double {
    Variable(Tensor(x, dtype: .float64)).exp().value.item
  }
}
