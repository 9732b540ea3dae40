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

/// Linear regression on such points.
private struct JoinedRegression: Objective {
  let regression: LinearRegression
  var settledStep: Int
  var parts: KeyValuePairs<String, any ModulePart> { ["regression": regression] }

  func loss(on batch: Batch<Tensor>, step: Int, _ context: inout Context) -> Loss {
    let all = batch.observations, inputs = all.shape[1] - 1
    let parts = [
      all.sliced(along: 1, 0..<inputs), all.sliced(along: 1, inputs..<(inputs + 1)),
    ]
    return regression.loss(
      on: VAECore.Batch(observations: parts, count: batch.count), step: step, &context)
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

  /// An objective that never says that its loss is settled is never captured.
  private func train(_ form: Form, settledStep: Int, _ dtype: DType) throws -> [Tensor] {
    let regression = LinearRegression(dtype: dtype)
    let objective = JoinedRegression(regression: regression, settledStep: settledStep)
    let count = form == .shortLastBatch ? 75 : 80
    try Trainer(form.options).fit(
      objective,
      training: JoinedPoints(points: PlanePoints(count: count, batchSize: 8, dtype: dtype)),
      validation: JoinedPoints(
        points: PlanePoints(count: 20, batchSize: 6, seed: 9, dtype: dtype)))
    return [regression.weight.value, regression.bias.value]
  }

  @Test(arguments: Form.allCases, [DType.float32, .float64])
  func trainTheSame(_ form: Form, in dtype: DType) throws {
    let captured = try train(form, settledStep: 0, dtype)
    #expect(captured == (try train(form, settledStep: .max, dtype)))
    #expect(captured != [LinearRegression(dtype: dtype).weight.value, .zeros([1], dtype: dtype)])
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
        [parameter], [key.normal([1, 70])], at: [0], rate: 0.1, gradientScale: 1,
        following: &none)
      #expect(parameter.rounded == parameter.value.converted(to: .bfloat16))
    }
    parameter.value = parameter.value * 2
    #expect(parameter.rounded == parameter.value.converted(to: .bfloat16))
  }
}
