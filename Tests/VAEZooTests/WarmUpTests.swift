import Testing
import VAEZoo

/// The same objective, whose steps always run as they are written.
private struct Written<Base: Objective>: Objective {
  let base: Base
  var parts: KeyValuePairs<String, any ModulePart> { base.parts }

  func loss(on batch: Base.Batch, _ context: inout Context) -> Loss {
    let loss = base.loss(on: batch, &context)
    _ = loss.total.value.item  // a look at a number ends a recording
    return loss
  }
}

/// A preset whose KL warms up over 10,000 steps: its objective around a model for the digits.
private func objective() throws -> any Objective<Batch<Tensor>> {
  let run = try RunConfiguration(preset: "burgess-mnist")
  let model = try imageModel(["preset": "burgess-mnist"], shape: [28, 28, 1])
  return try objective(run.objective, for: model)
}

/// The losses of 18 steps, and what the last four were.
private func train(
  _ objective: some Objective<Batch<Tensor>>
) throws -> (losses: [Double], profile: ProfileReport) {
  let digits = try ImageDataset.open("digits").train.subset(Array(0..<48))
  var losses: [Double] = []
  var reports: [ProfileReport] = []
  try Trainer(TrainingOptions(epochs: 3, optimizer: .adam())).fit(
    objective, training: ImageLoader(digits, batchSize: 8),
    profile: ProfileRequest(steps: 4, warmUp: 14)
  ) { event in
    switch event {
    case .step(let step): losses.append(step.loss)
    case .profiled(let report): reports.append(report)
    default: break
    }
  }
  return (losses, try #require(reports.first))
}

@Test func aPresetIsCapturedWhileItsWeightRises() throws {
  func written(_ objective: some Objective<Batch<Tensor>>) -> any Objective<Batch<Tensor>> {
    Written(base: objective)
  }
  #expect(try objective().settledStep == 10_000)
  let (losses, profile) = try train(objective())
  let (expected, plain) = try train(written(objective()))
  #expect(losses.count == 18 && losses == expected)
  #expect(profile.steps.allSatisfy { $0.isCaptured })
  #expect(!plain.steps.contains { $0.isCaptured })
}
