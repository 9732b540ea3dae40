import Foundation
import GaussianFamily
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

// Counts, such as those of a cell's genes, under a condition of real numbers: how many there are in all.

/// Poisson variables whose rates are gamma variables, of which the concentration θ is one a gene.
struct NegativeBinomial: Factorized {
  /// log μ, `[rows, genes]`.
  let logMean: Variable
  /// log θ, `[genes]`.
  let logConcentration: Variable

  func mean(_ context: inout Context) -> Variable { logMean.exp() }
  func sample(_ context: inout Context) -> Variable {
    let shapes = logConcentration.broadcast(to: logMean.shape).exp().value
    let rates = context.key.gamma(shapes) * (logMean - logConcentration).exp().value
    return Variable(context.key.poisson(rates))
  }
  func logProbabilities(of x: Variable) -> Variable {
    let (theta, ratio) = (logConcentration.exp(), logMean - logConcentration)
    let ways = (x + theta).logGamma() - theta.logGamma() - (x + 1).logGamma()
    return ways - theta * ratio.softplus() - x * (-ratio).softplus()
  }
  func mapParameters(_ f: (Variable) -> Variable) -> NegativeBinomial {
    NegativeBinomial(logMean: f(logMean), logConcentration: logConcentration)
  }
}

/// - Source: Lopez, Regier, Cole, Jordan and Yosef, "Deep generative modeling for single-cell transcriptomics", Nature Methods 15,
///   2018, with the library size as it is observed.
struct CountVAE: LatentModel {
  typealias Observation = Tensor
  let encoder, decoder: Net
  let logConcentration: Parameter

  init(using key: inout RandomKey) {
    encoder = Net(64, 32, 8, using: &key)
    decoder = Net(4, 32, 64, using: &key)
    logConcentration = Parameter(.zeros([64]))
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["encoder": encoder, "decoder": decoder, "log_concentration": logConcentration]
  }

  /// The logarithm of each row's total, `[rows, 1]`.
  func condition(of x: Tensor) -> Tensor {
    Variable(x.sum(along: 1).expanded(at: 1)).clamped(atLeast: 1).log().value
  }

  /// A thousand counts each.
  func typicalCondition(_ count: Int) -> Tensor {
    Tensor(repeating: log(1000), shape: [count, 1])
  }

  func callAsFunction(
    _ x: Tensor?, _ logSizes: Tensor, _ context: inout Context
  ) -> NegativeBinomial {
    let q = x.map { x in
      let halves = encoder(Variable(x).log1p(), &context).split(along: 1, sizes: [4, 4])
      return DiagonalGaussian(mean: halves[0], logVariance: halves[1])
        .repeated(context.sampleCount)
    }
    let z = context.draw("z", prior: StandardNormal(shape: [logSizes.rowCount, 4]), posterior: q)
    return NegativeBinomial(
      logMean: decoder(z, &context).logSoftmax(along: 1) + Variable(logSizes),
      logConcentration: context[logConcentration])
  }

  /// Throws for what is no count.
  func validate(_ x: Tensor) throws(ObservationError) {
    guard let range = x.range, range.lowerBound >= 0, x.floats.allSatisfy({ $0 == $0.rounded() })
    else { throw ObservationError("counts are whole numbers from 0 on; give them as they are") }
  }
}

/// Counts of each pixel's light, of which rows see between 50 and 2,000 in all.
func counts(of images: Tensor, _ start: RandomKey) -> Tensor {
  var key = start
  let rates = images.reshaped(to: [images.shape[0], -1])
  let sizes = Variable(key.uniform([images.shape[0], 1], low: 4, high: 7.6)).exp().value
  return key.poisson(
    rates * sizes * Variable(rates.sum(along: 1).expanded(at: 1)).reciprocal().value)
}

@Suite struct LibrarySizeTests {
  private var cells: some BatchSource<Batch<Tensor>> {
    Boxes().map { counts(of: $0.observations, RandomKey(seed: 5)) }
  }

  private func model() -> CountVAE {
    var key = RandomKey(seed: 1)
    return CountVAE(using: &key)
  }

  @Test func trains() throws { expectRise(try train(on: cells) { Bound(model: model()) }) }

  @Test(arguments: ModelLaw.allCases) func obeys(law: ModelLaw) throws {
    try law.check(
      observations: { counts(of: $1.uniform([$0] + Boxes.shape), $1.split()) }
    ) { CountVAE(using: &$0) }
  }

  /// One count in all, or as many: the codes are the same, and so is what each gene has of it.
  @Test func aBiggerLibraryHasMoreCounts() {
    let (model, codes) = (model(), Tensor.zeros([3, 4]))
    let sizes = Tensor([1, 100, 10_000] as [Float], shape: [3, 1])
    var context = Context.inference(RandomKey(seed: 2))
    let output = model.generate(
      from: Variable(codes), under: Variable(sizes).log().value, &context)
    for (total, size) in zip(output.mean(&context).sum(along: 1).value.doubles, sizes.doubles) {
      #expect(abs(total / size - 1) < 1e-5)
    }
    let drawn = output.sample(&context).sum(along: 1).value.doubles
    #expect(drawn[0] < drawn[1] && drawn[1] < drawn[2], "\(drawn)")
  }

  /// For whole θ it is the probability of x failures before the θ-th success; it adds up to one, and its moments are μ and μ + μ²/θ.
  @Test(arguments: [1, 3]) func densityIsThatOfFailures(theta: Int) {
    let (count, mean) = (2000, 6.0)
    var context = Context.inference(RandomKey(seed: 3))
    func constant(_ x: Double, _ shape: Shape) -> Variable {
      Variable(Tensor(repeating: x, shape: shape, dtype: .float64))
    }
    func distribution(_ rows: Int) -> NegativeBinomial {
      NegativeBinomial(
        logMean: constant(log(mean), [rows, 1]),
        logConcentration: constant(log(Double(theta)), [1]))
    }
    let x = Tensor((0..<count).map { Float($0) }, shape: [count, 1]).converted(to: .float64)
    let logs = distribution(count).logProbability(of: Variable(x), &context)?.value.doubles ?? []
    let chance = Double(theta) / (Double(theta) + mean)
    for (x, log) in logs.enumerated().prefix(40) {
      let ways = theta == 1 ? 1 : Double((x + 1) * (x + 2) / 2)
      let exact = ways * pow(chance, Double(theta)) * pow(1 - chance, Double(x))
      #expect(abs(exp(log) - exact) < 1e-12)
    }
    #expect(abs(logs.reduce(0) { $0 + exp($1) } - 1) < 1e-9)
    let drawn = distribution(20_000).sample(&context).value.doubles
    let seen = drawn.reduce(0, +) / 20_000
    let spread = drawn.reduce(0) { $0 + ($1 - seen) * ($1 - seen) } / 20_000
    let variance = mean + mean * mean / Double(theta)
    #expect(abs(seen - mean) < 5 * (variance / 20_000).squareRoot())
    #expect(abs(spread / variance - 1) < 0.1)
  }

  @Test func whatIsNoCountIsRefused() {
    for bad in [-1, 0.5] {
      #expect(throws: ObservationError.self) {
        try model().validate(Tensor(repeating: bad, shape: [1, 64]))
      }
    }
  }
}
