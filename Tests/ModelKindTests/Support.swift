import BernoulliFamily
import Foundation
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETraining

/// Grey images of 8x8 with one bright rectangle each; the label is the quadrant of its corner.
struct Boxes: BatchSource {
  var exampleCount = 160
  let batchSize = 32
  static let shape: Shape = [8, 8, 1]

  var batchCount: Int { (exampleCount - 1) / batchSize + 1 }

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<Tensor>> {
    var order = RandomKey(seed: 3).folded(with: UInt64(epoch))
    let rows = order.permutation(exampleCount)
    var next = start
    return BatchIterator {
      guard next < batchCount else { return nil }
      defer { next += 1 }
      let places = rows[(next * batchSize)..<min((next + 1) * batchSize, exampleCount)]
      let boxes = places.map(box)
      return Batch(
        observations: Tensor(boxes.flatMap(\.pixels), shape: [places.count, 8, 8, 1]),
        labels: Tensor(boxes.map(\.label), shape: [places.count]), count: places.count)
    }
  }

  private func box(_ i: Int) -> (pixels: [Float], label: Int32) {
    var key = RandomKey(seed: 4).folded(with: UInt64(i))
    let draws = key.uniform([4]).floats
    let (top, left) = (Int(draws[0] * 6), Int(draws[1] * 6))
    let (bottom, right) = (top + 2 + Int(draws[2] * 3), left + 2 + Int(draws[3] * 3))
    var pixels = [Float](repeating: 0.05, count: 64)
    for y in top..<min(bottom, 8) { for x in left..<min(right, 8) { pixels[y * 8 + x] = 0.95 } }
    return (pixels, Int32((top < 3 ? 0 : 2) + (left < 3 ? 0 : 1)))
  }

  /// The first batch.
  static func some() throws -> VAECore.Batch<Tensor> {
    try #require(try Boxes().batches(epoch: 0, startingAt: 0).next())
  }
}

/// What training came to.
struct Outcome {
  /// The terms of the first and the last epoch's validation.
  var first: [String: Double] = [:]
  var last: [String: Double] = [:]
  /// Kernels of a step.
  var kernels = 0.0
}

/// Trains the objective that `make` gives, and asks of it what is asked of every kind of model: that its steps are captured,
/// that a run which was interrupted ends with the same bytes, and that evaluation leaves it as it is.
@discardableResult
func train<O: Objective>(
  on source: any BatchSource<O.Batch>, epochs: Int = 4, rate: Double = 3e-3,
  _ make: () throws -> O
) throws -> Outcome where O.Batch: CountedBatch & Sendable {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "vae-kinds-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  var options = TrainingOptions(epochs: epochs, optimizer: .adam(learningRate: rate))
  options.emaDecay = 0.9
  func run(_ name: String, resume: Bool = false, stopAt: Int? = nil) throws -> Outcome {
    var outcome = Outcome()
    let stop = StopFlag()
    try Trainer(options).fit(
      try make(), training: source, validation: source,
      in: RunFolder(folder.appendingPathComponent(name).path), resume: resume, stop: stop,
      profile: stopAt == nil && !resume ? ProfileRequest(steps: 4, warmUp: 8) : nil
    ) { event in
      switch event {
      case .step(let report): if report.step == stopAt { stop.stop() }
      case .epochEnded(let summary):
        let terms = summary.validation?.terms ?? []
        outcome.last = Dictionary(terms.map { ($0.name, $0.value) }) { $1 }
        if summary.epoch == 1 { outcome.first = outcome.last }
      case .profiled(let report):
        let isCaptured = report.steps.allSatisfy { $0.isCaptured }
        #expect(isCaptured, "\(report.obstacle ?? "")")
        outcome.kernels = report.rows.filter(\.isKernel).reduce(0) { $0 + $1.calls }
      default: break
      }
    }
    return outcome
  }
  let outcome = try run("whole")
  _ = try run("parts", stopAt: 7)
  _ = try run("parts", resume: true)
  for file in ["checkpoint.safetensors", "model.safetensors"] {
    let bytes = try ["whole", "parts"].map {
      try Data(contentsOf: folder.appendingPathComponent("\($0)/\(file)"))
    }
    #expect(bytes[0] == bytes[1], "\(file) of a resumed run differs")
  }
  return outcome
}

typealias GaussianVAE = VAE<
  MLPEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, BernoulliLikelihood
>

func gaussianVAE() throws -> GaussianVAE {
  var key = RandomKey(seed: 1)
  return try VAE(
    encoder: MLPEncoder(observationShape: Boxes.shape, hidden: [32], using: &key),
    posterior: DiagonalGaussianPosterior(featureCount: 32, latentCount: 4, using: &key),
    prior: StandardNormalPrior(latentCount: 4),
    decoder: MLPDecoder(
      latentCount: 4, hidden: [32], parameterShape: Boxes.shape, using: &key),
    likelihood: BernoulliLikelihood())
}

/// Fully connected layers, the last one linear.
struct Net: Layer {
  let layers: [Dense]

  init(_ widths: Int..., using key: inout RandomKey) {
    layers =
      Dense.chain(Array(widths.dropLast()), activation: .tanh, using: &key)
      + [Dense(widths[widths.count - 2], widths[widths.count - 1], using: &key)]
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["layers": layers] }

  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    layers.reduce(x.flattenedPerExample()) { $1($0, &context) }
  }
}

/// The bound of a model, written out: what the kinds below are trained by where nothing else is said.
struct Bound<Model: LatentModel>: Objective {
  let model: Model

  var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }

  func loss(on batch: Batch<Model.Observation>, _ context: inout Context) -> Loss {
    let x = batch.observations
    let output = model.infer(x, &context)
    guard let fit = output.logProbability(of: x.value, &context),
      let kl = context.sites.divergence
    else { preconditionFailure("a bound needs densities") }
    var loss = Loss(
      total: (kl - fit).mean(),
      terms: ["reconstruction": fit.value * -1, "kl": kl.value, "elbo": (fit - kl).value])
    loss.collect(from: &context)
    return loss
  }
}

/// Expects that training raised the bound.
func expectRise(_ outcome: Outcome, _ term: String = "elbo") {
  let (first, last) = (outcome.first[term] ?? .nan, outcome.last[term] ?? .nan)
  #expect(last > first, "\(term) went from \(first) to \(last)")
}
