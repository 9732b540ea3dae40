import Layers
import TensorCore
import Testing
import VAECore

@testable import VAETraining

/// Points and values side by side in one tensor, so that steps over them can be captured.
private struct JoinedPoints: BatchSource {
  let points: PlanePoints
  var exampleCount: Int { points.exampleCount }
  var batchCount: Int { points.batchCount }

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<Tensor>> {
    let parts = points.batches(epoch: epoch, startingAt: start)
    return BatchIterator {
      try parts.next().map {
        Batch(observations: .concatenated($0.observations, along: 1), count: $0.count)
      }
    }
  }
}

/// Linear regression on such points, blurred by noise of the pass's key; where it warms up, its loss grows for twenty steps.
private struct JoinedRegression: Objective {
  let regression: LinearRegression
  let weight: Scheduled?

  init(regression: LinearRegression, warmsUp: Bool = false) {
    self.regression = regression
    weight = warmsUp ? .linear(from: 0, to: 2.0 / 3, steps: 20) : nil
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["regression": regression, "growth": weight]
  }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let noise = context.key.normal(
      batch.observations.shape, deviation: 0.1, dtype: batch.observations.dtype)
    let all = batch.observations + noise, inputs = all.shape[1] - 1
    let parts = [
      all.sliced(along: 1, 0..<inputs), all.sliced(along: 1, inputs..<(inputs + 1)),
    ]
    var loss = regression.loss(
      on: VAECore.Batch(observations: parts, count: batch.count), &context)
    if let weight { loss.total = loss.total * context[weight, as: loss.total.dtype] }
    return loss
  }
}

/// Steps that are captured train to the same bits as steps that run as they are written.
@Suite struct CapturedTrainingTests {
  /// What the loop does around a step.
  enum Form: CaseIterable {
    case plain, clipped, averaged, accumulated, shortLastBatch, momentum

    var options: TrainingOptions {
      var options = TrainingOptions(epochs: 3)
      switch self {
      case .plain, .shortLastBatch: break
      case .clipped: options.clipNorm = 0.5
      case .averaged: options.emaDecay = 0.9
      case .accumulated: options.accumulate = 3
      case .momentum: options.optimizer = .sgd(learningRate: 0.01, momentum: 0.9)
      }
      return options
    }
  }

  private func train(
    _ form: Form, isCaptured: Bool, warmsUp: Bool, _ dtype: DType
  ) throws -> [Tensor] {
    let regression = LinearRegression(dtype: dtype)
    let objective = JoinedRegression(regression: regression, warmsUp: warmsUp)
    let count = form == .shortLastBatch ? 75 : 80
    func fit(_ objective: some Objective<Batch<Tensor>>) throws {
      try Trainer(form.options).fit(
        objective,
        training: JoinedPoints(points: PlanePoints(count: count, batchSize: 8, dtype: dtype)),
        validation: JoinedPoints(
          points: PlanePoints(count: 20, batchSize: 6, seed: 9, dtype: dtype)))
    }
    try isCaptured ? fit(objective) : fit(Written(objective))
    return [regression.weight.value, regression.bias.value]
  }

  @Test(arguments: Form.allCases, [DType.float32, .float64])
  func trainTheSame(_ form: Form, in dtype: DType) throws {
    for warmsUp in [false, true] {
      let captured = try train(form, isCaptured: true, warmsUp: warmsUp, dtype)
      #expect(captured == (try train(form, isCaptured: false, warmsUp: warmsUp, dtype)))
      #expect(
        captured != [LinearRegression(dtype: dtype).weight.value, .zeros([1], dtype: dtype)])
    }
  }

  /// Losses, terms and gradients of every step of a warm-up and after it, most of them replayed.
  @Test(arguments: [DType.float32, .float64])
  func aWarmUpIsReplayed(in dtype: DType) throws {
    let objective = JoinedRegression(regression: LinearRegression(dtype: dtype), warmsUp: true)
    let pass = LossPass(objective, of: objective.players, in: Arena())
    let plain = LossPass(Written(objective), of: objective.players, in: Arena())
    let batches = JoinedPoints(points: PlanePoints(count: 200, batchSize: 8, dtype: dtype))
      .batches(epoch: 0, startingAt: 0)
    var step = 0
    while let batch = try batches.next() {
      let context = Context.training(RandomKey(seed: UInt64(step)))
      let (loss, gradients) = pass(batch, step: step, context)
      let (expected, others) = plain(batch, step: step, context)
      #expect(loss.total == expected.total)
      #expect(Array(gradients) == Array(others))
      step += 1
    }
    #expect(step == 25 && pass.replayCount == 22 && plain.replayCount == 0)
  }

  /// On any processor a training that asks for bfloat16 ends, and says so where it ran in float32.
  @Test func bfloat16IsUsedOrDeclined() throws {
    var options = TrainingOptions(epochs: 2)
    options.precision = .bfloat16
    var warnings: [String] = []
    let objective = LinearRegression()
    try Trainer(options).fit(objective, training: PlanePoints(count: 80, batchSize: 8)) { event in
      if case .warning(let text) = event { warnings.append(text) }
    }
    let plain = LinearRegression()
    try Trainer(TrainingOptions(epochs: 2)).fit(
      plain, training: PlanePoints(count: 80, batchSize: 8))
    if Precision.bfloat16.isFast {
      #expect(warnings.isEmpty)
      #expect(objective.weight.value != plain.weight.value)
    } else {
      #expect(
        warnings == ["this processor has no units for bfloat16: training runs in float32"])
      #expect(objective.weight.value == plain.weight.value)
    }
  }

  /// What a step in bfloat16 computes with rounded copies that the optimizer wrote is what it computes
  /// with copies made anew.
  @Test func roundedCopiesFollowTheWeights() {
    let parameter = LinearRegression(inputs: 70).weight
    parameter.keepRounded()
    var optimizer = Optimizer(.adam(), for: [parameter])
    var key = RandomKey(seed: 3)
    var none: MovingAverage?
    for _ in 0..<3 {
      _ = optimizer.step(
        [parameter], [key.normal([1, 70])], rate: 0.1, gradientScale: 1,
        following: &none)
      #expect(parameter.rounded == parameter.value.converted(to: .bfloat16))
    }
    parameter.value = parameter.value * 2
    #expect(parameter.rounded == parameter.value.converted(to: .bfloat16))
  }
}
