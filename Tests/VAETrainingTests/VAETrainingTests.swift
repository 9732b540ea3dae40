import BernoulliFamily
import ELBOObjective
import Foundation
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETraining

/// An encoder with everything that behaves differently in training: dropout and running statistics.
private struct NoisyEncoder: Encoder {
  let observationShape: Shape = [4, 4, 1]
  let featureCount = 12
  let body: Sequential

  init(using key: inout RandomKey) {
    body = Sequential([
      Dense(16, 12, using: &key), BatchNorm(12, activation: .relu), Dropout(0.2),
    ])
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["body": body] }

  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    body(x.flattenedPerExample(), &context)
  }
}

private func objective(klWeight: KLWeight = .constant(1)) throws -> some Objective<Batch<Tensor>> {
  var key = RandomKey(seed: 1)
  let model = try VAE(
    encoder: NoisyEncoder(using: &key),
    posterior: DiagonalGaussianPosterior(featureCount: 12, latentCount: 2, using: &key),
    prior: StandardNormalPrior(latentCount: 2),
    decoder: MLPDecoder(latentCount: 2, hidden: [12], parameterShape: [4, 4, 1], using: &key),
    likelihood: BernoulliLikelihood())
  return ELBO(model, klWeight: klWeight)
}

/// Bars, horizontal or vertical, which two codes can tell apart.
struct Bars: BatchSource {
  var exampleCount = 60
  let batchSize = 16
  var brightness = 1.0
  var batchCount: Int { (exampleCount + batchSize - 1) / batchSize }

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<Tensor>> {
    var key = RandomKey(seed: 3).folded(with: UInt64(epoch))
    let order = key.permutation(exampleCount)
    var next = start
    return BatchIterator {
      guard next < batchCount else { return nil }
      let rows = order[(next * batchSize)..<min((next + 1) * batchSize, exampleCount)]
      next += 1
      let pixels: [Double] = rows.flatMap { row -> [Double] in
        (0..<16).map { i -> Double in
          let line = row % 2 == 0 ? i / 4 : i % 4
          return line == row / 2 % 4 ? brightness : 0
        }
      }
      return Batch(
        observations: Tensor(pixels, shape: [rows.count, 4, 4, 1]).converted(to: .float32),
        count: rows.count)
    }
  }
}

@Suite struct VAETrainingTests {
  @Test func learnsBars() throws {
    var epochs: [EpochSummary] = []
    try Trainer(TrainingOptions(epochs: 60, optimizer: .adam(learningRate: 0.01))).fit(
      try objective(), training: Bars(), validation: Bars()
    ) { event in
      if case .epochEnded(let summary) = event { epochs.append(summary) }
    }
    let (first, last) = (try #require(epochs.first), try #require(epochs.last))
    #expect(last.monitoredLoss < 0.8 * first.monitoredLoss)
    for epoch in epochs {
      for metrics in [epoch.train, try #require(epoch.validation)] {
        let (reconstruction, kl) = (metrics["reconstruction"] ?? 0, metrics["kl"] ?? 0)
        #expect(abs(metrics.loss - (reconstruction + kl)) < 1e-4)
        #expect(abs((metrics["elbo"] ?? 0) + metrics.loss) < 1e-4)
      }
    }
  }

  @Test(arguments: [1, 4, 5, 11]) func resumesBitForBit(step: Int) throws {
    func train(_ path: String, resume: Bool = false, stopAt: Int? = nil) throws {
      var options = TrainingOptions(epochs: 4, optimizer: .adamw(), schedule: .cosine())
      options.emaDecay = 0.9
      let stop = StopFlag()
      try Trainer(options).fit(
        try objective(klWeight: .linear(steps: 9)), training: Bars(), validation: Bars(),
        in: RunFolder(path), resume: resume, stop: stop
      ) { event in
        if case .step(let report) = event, report.step == stopAt { stop.stop() }
      }
    }
    let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
    try train(whole.path)
    try train(parts.path, stopAt: step)
    try train(parts.path, resume: true)
    for file in ["checkpoint.safetensors", "model.safetensors"] {
      let areEqual = contents("\(parts.path)/\(file)") == contents("\(whole.path)/\(file)")
      #expect(areEqual, "\(file)")
    }
    #expect(curves("\(parts.path)/metrics.jsonl") == curves("\(whole.path)/metrics.jsonl"))
    let saved = try SafeTensors(contentsOf: RunFolder(whole.path).model)
    #expect(saved["encoder.body.1.running_mean"] != nil)
    #expect(saved["encoder.body.1.running_mean"] != Tensor.zeros([12]))
  }

  @Test func theSameSeedGivesTheSameWeights() throws {
    func weights(seed: UInt64) throws -> [Tensor] {
      let objective = try objective()
      try Trainer(TrainingOptions(epochs: 2, seed: seed)).fit(objective, training: Bars())
      return objective.namedParameters.map(\.parameter.value)
    }
    #expect(try weights(seed: 1) == weights(seed: 1))
    #expect(try weights(seed: 1) != weights(seed: 2))
  }

  @Test func observationsWithoutMeaningAreRefused() throws {
    for (training, validation) in [(2.0, 1.0), (1.0, 2.0)] {
      let error = #expect(throws: ObservationError.self) {
        try Trainer(TrainingOptions(epochs: 1)).fit(
          try objective(), training: Bars(brightness: training),
          validation: Bars(brightness: validation))
      }
      #expect(error?.description.contains("[0, 1]") == true)
    }
  }
}
