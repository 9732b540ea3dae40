import BernoulliFamily
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

// Codes of any shape and kind: a grid, integers with a codebook that training moves, and continuous codes beside discrete ones.

/// A grid of codes: nothing of the five parts knows but their shapes.
private struct GridPosterior: Posterior {
  let base: DiagonalGaussianPosterior
  let codeShape: Shape
  var featureCount: Int { base.featureCount }
  var latentCount: Int { codeShape.count }
  var parts: KeyValuePairs<String, any ModulePart> { ["base": base] }

  func callAsFunction(_ features: Variable, _ context: inout Context) -> DiagonalGaussian {
    base(features, &context).mapParameters {
      $0.reshaped(to: [$0.shape[0]] + codeShape)
    }
  }
}

private struct GridDecoder: Decoder {
  let base: MLPDecoder
  let codeShape: Shape
  var latentCount: Int { codeShape.count }
  var parameterShape: Shape { base.parameterShape }
  var parts: KeyValuePairs<String, any ModulePart> { ["base": base] }

  func callAsFunction(_ codes: Variable, _ context: inout Context) -> Variable {
    precondition(codes.shape.dropFirst() == codeShape)
    return base(codes.flattenedPerExample(), &context)
  }
}

/// The nearest entry of a codebook for each place, its index being the code; gradients pass straight through.
///
/// - Source: van den Oord, Vinyals and Kavukcuoglu, "Neural Discrete Representation Learning", arXiv:1711.00937, with the codebook of
///   appendix A.1.
struct VectorQuantized: LatentModel {
  typealias Observation = Tensor
  let encoder, decoder: Net
  let codebook: Codebook
  static let places = 4

  init(using key: inout RandomKey) {
    encoder = Net(64, 32, Self.places * 6, using: &key)
    decoder = Net(Self.places * 6, 32, 64, using: &key)
    codebook = Codebook(16, width: 6, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["encoder": encoder, "codebook": codebook, "decoder": decoder]
  }

  func callAsFunction(
    _ x: Tensor?, _ condition: Blank, _ context: inout Context
  ) -> Bernoulli {
    let features = x.map { encoder($0.value, &context).repeatingRows(context.sampleCount) }
    let q = features.map { Nearest(features: $0, codebook: codebook) }
    let prior = Uniform(count: condition.rowCount, places: Self.places, size: codebook.size)
    let index: Tensor = context.draw("index", prior: prior, posterior: q)
    let entries = codebook.entries(index)
    // What the decoder reads are the entries; what learns by it, the features.
    let read = features.map { $0 + (Variable(entries) - $0).detached } ?? Variable(entries)
    if let features {
      let gap = (features - Variable(entries)).squared().sumPerExample()
      context.charges.append((key: "commitment", value: gap * 0.25))
      codebook.follow(features.value, index, &context)
    }
    let logits = decoder(read, &context)
    return Bernoulli(logits: logits.reshaped(to: [condition.rowCount] + Boxes.shape))
  }
}

/// Vectors that follow what falls to them.
struct Codebook: Module {
  let entries, counts: Parameter
  let width: Int
  var size: Int { entries.shape[0] }

  init(_ size: Int, width: Int, using key: inout RandomKey) {
    self.width = width
    entries = Parameter(key.normal([size, width], deviation: 0.3), isTrainable: false)
    counts = Parameter(Tensor(repeating: 1, shape: [size]), isTrainable: false)
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["entries": entries, "counts": counts] }

  /// The nearest entry of each place: `[batch, places]`.
  func nearest(_ features: Tensor) -> Tensor {
    let (rows, book) = (features.reshaped(to: [-1, width]), entries.value)
    let closeness =
      rows.matmul(book, transposeOther: true) - ((book * book).sum(along: 1) * 0.5).expanded(at: 0)
    return closeness.maximum(along: 1).index.reshaped(to: [features.shape[0], -1])
  }

  /// `[batch, places * width]`.
  func entries(_ index: Tensor) -> Tensor {
    entries.value.gathered(index.reshaped(to: [-1]), along: 0)
      .reshaped(to: [index.shape[0], -1])
  }

  func follow(_ features: Tensor, _ index: Tensor, _ context: inout Context) {
    guard context.moves(entries) else { return }
    let hot = Tensor.oneHot(index.reshaped(to: [-1]), count: size)
    let n = counts.value * 0.9 + hot.sum(along: 0) * 0.1
    let sums = hot.matmul(features.reshaped(to: [-1, width]), transposeSelf: true)
    let kept = entries.value * counts.value.expanded(at: 1) * 0.9
    entries.value = (kept + sums * 0.1) / (n + 1e-5).expanded(at: 1)
    counts.value = n
  }
}

/// All probability at the nearest entries: log q is 0 there, and next to nothing is left for any other.
struct Nearest: Distribution {
  let features: Variable
  let codebook: Codebook

  func sample(_ context: inout Context) -> Tensor { codebook.nearest(features.value) }
  func mean(_ context: inout Context) -> Tensor { codebook.nearest(features.value) }
  func logProbability(of value: Tensor, _ context: inout Context) -> Variable? {
    let nearest = codebook.nearest(features.value).converted(to: .float32)
    let distance = value.converted(to: .float32) - nearest
    return Variable((distance * distance).sum(along: 1) * -1e9)
  }
  func mapParameters(_ f: (Variable) -> Variable) -> Nearest {
    Nearest(features: f(features), codebook: codebook)
  }
}

/// Each index as probable as any other.
struct Uniform: Distribution {
  let count, places, size: Int

  func sample(_ context: inout Context) -> Tensor {
    context.key.categorical(logits: .zeros([count * places, size])).reshaped(to: [count, places])
  }
  func mean(_ context: inout Context) -> Tensor {
    Tensor(repeating: 0, shape: [count, places], dtype: .int32)
  }
  func logProbability(of value: Tensor, _ context: inout Context) -> Variable? {
    let each = Variable(Tensor(repeating: Double(size), shape: [value.shape[0]])).log()
    return each * -Double(places)
  }
  func mapParameters(_ f: (Variable) -> Variable) -> Uniform {
    Uniform(count: f(Variable(.zeros([count, 1]))).shape[0], places: places, size: size)
  }
}

/// Categories by their logits `[batch, classes]`, relaxed while a temperature is there.
///
/// - Source: Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax", arXiv:1611.01144.
struct RelaxedCategories: Distribution {
  let logits: Variable
  var temperature: Variable?

  func mean(_ context: inout Context) -> Variable { logits.softmax(along: 1) }
  func sample(_ context: inout Context) -> Variable {
    guard let temperature else {
      let drawn = context.key.categorical(logits: logits.value)
      return Variable(.oneHot(drawn, count: logits.shape[1]))
    }
    return ((logits + Variable(context.key.gumbel(logits.shape))) / temperature).softmax(along: 1)
  }
  func logProbability(of value: Variable, _ context: inout Context) -> Variable? {
    temperature == nil ? (value * logits.logSoftmax(along: 1)).sum(along: 1) : nil
  }
  func divergence(from other: some Distribution<Variable>) -> Divergence? {
    guard let p = other as? RelaxedCategories else { return nil }
    let log = logits.logSoftmax(along: 1)
    return Divergence(total: (log.exp() * (log - p.logits.logSoftmax(along: 1))).sum(along: 1))
  }
  func mapParameters(_ f: (Variable) -> Variable) -> RelaxedCategories {
    RelaxedCategories(logits: f(logits), temperature: temperature)
  }
}

/// Continuous codes beside a class: two sites.
///
/// The temperature is a part of the model, and falls with the step.
///
/// - Source: Dupont, "Learning Disentangled Joint Continuous and Discrete Representations", arXiv:1804.00104.
struct JointVAE: LatentModel {
  typealias Observation = Tensor
  let encoder, continuous, discrete, decoder: Net
  let temperature = Scheduled.linear(from: 1, to: 0.4, steps: 12)

  init(using key: inout RandomKey) {
    encoder = Net(64, 32, 16, using: &key)
    continuous = Net(16, 6, using: &key)
    discrete = Net(16, 4, using: &key)
    decoder = Net(7, 32, 64, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    [
      "encoder": encoder, "continuous": continuous, "discrete": discrete, "decoder": decoder,
      "temperature": temperature,
    ]
  }

  func callAsFunction(
    _ x: Tensor?, _ condition: Blank, _ context: inout Context
  ) -> Bernoulli {
    let count = condition.rowCount
    let h = x.map { encoder($0.value, &context).repeatingRows(context.sampleCount) }
    let now = context.isTraining ? context[temperature] : nil
    let gaussian = h.map {
      let halves = continuous($0, &context).split(along: 1, sizes: [3, 3])
      return DiagonalGaussian(mean: halves[0], logVariance: halves[1])
    }
    let z = context.draw("z", prior: StandardNormal(shape: [count, 3]), posterior: gaussian)
    let even = RelaxedCategories(logits: Variable(.zeros([count, 4])))
    let y = context.draw(
      "class", prior: even,
      posterior: h.map {
        RelaxedCategories(logits: discrete($0, &context), temperature: now)
      })
    let logits = decoder(.concatenated([z, y], along: 1), &context)
    return Bernoulli(logits: logits.reshaped(to: [count] + Boxes.shape))
  }
}

@Suite struct CodeShapeTests {
  private func grid(using key: inout RandomKey) throws -> some LatentModel<Tensor> {
    try VAE(
      encoder: MLPEncoder(observationShape: Boxes.shape, hidden: [32], using: &key),
      posterior: GridPosterior(
        base: DiagonalGaussianPosterior(featureCount: 32, latentCount: 12, using: &key),
        codeShape: [2, 2, 3]),
      prior: StandardNormalPrior(codeShape: [2, 2, 3]),
      decoder: GridDecoder(
        base: MLPDecoder(
          latentCount: 12, hidden: [32], parameterShape: Boxes.shape, using: &key),
        codeShape: [2, 2, 3]),
      likelihood: BernoulliLikelihood())
  }

  @Test func gridsTrain() throws {
    func make() throws -> some Objective<Batch<Tensor>> {
      var key = RandomKey(seed: 1)
      return Bound(model: try grid(using: &key))
    }
    expectRise(try train(on: Boxes(), make))
  }

  @Test func integersTrain() throws {
    let outcome = try train(on: Boxes()) {
      var key = RandomKey(seed: 1)
      return Bound(model: VectorQuantized(using: &key))
    }
    expectRise(outcome)
    // Penalties stand beside the bound, not in it.
    let (elbo, fit, kl) = (outcome.last["elbo"], outcome.last["reconstruction"], outcome.last["kl"])
    #expect(abs((elbo ?? 0) + (fit ?? 0) + (kl ?? 0)) < 1e-3 && outcome.last["commitment"] != nil)
  }

  @Test func severalKindsTrain() throws {
    let outcome = try train(on: Boxes()) {
      var key = RandomKey(seed: 1)
      return Bound(model: JointVAE(using: &key))
    }
    expectRise(outcome)
  }

  @Test(arguments: ModelLaw.allCases) func obey(law: ModelLaw) throws {
    let draw = { (count: Int, key: inout RandomKey) in key.uniform([count] + Boxes.shape) }
    try law.check(observations: draw) { try grid(using: &$0) }
    try law.check(observations: draw) { VectorQuantized(using: &$0) }
    try law.check(observations: draw) { JointVAE(using: &$0) }
  }

  @Test func shapesThatDifferAreNamed() throws {
    var key = RandomKey(seed: 1)
    let plain = try gaussianVAE()
    #expect {
      try VAE(
        encoder: plain.encoder,
        posterior: GridPosterior(
          base: DiagonalGaussianPosterior(featureCount: 32, latentCount: 4, using: &key),
          codeShape: [2, 2, 1]),
        prior: plain.prior, decoder: plain.decoder, likelihood: plain.likelihood)
    } throws: {
      "\($0)" == "shapes of codes differ: posterior [2, 2, 1], prior [4], decoder [4]"
    }
  }
}
