import Layers
import TensorCore
import Testing
import VAECore

@testable import VAETraining

/// A loss that grows with the step, divided by the size of the data, both as the context tells them.
private struct Growing: Objective {
  final class Notes {
    var exampleCounts: [Int?] = []
    var steps: [Double?] = []
  }

  let weight = Parameter(Tensor(repeating: 1, shape: [1]))
  let notes = Notes()
  let number = Scheduled.linear(from: 0, to: 10, steps: 10)
  var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight, "number": number] }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    notes.exampleCounts.append(context.exampleCount)
    let step = context.step() ?? Variable(.zeros([1]))
    let distance = (Variable(batch.observations).flattenedPerExample() - context[weight]).squared()
    let grown = distance.sumPerExample() * (step + 1) / Double(context.exampleCount ?? 1)
    let steps = step.broadcast(to: [batch.count]).value
    let numbers = context[number].broadcast(to: [batch.count]).value
    return Loss(total: grown.mean(), terms: ["step": steps, "number": numbers])
  }
}

/// What a pass knows of its run: the step, and how much data there is.
@Suite struct StepTests {
  @Test func aCapturedStepSeesTheStepChange() throws {
    func train(_ objective: some Objective<Batch<Tensor>>) throws -> [EpochSummary] {
      var epochs: [EpochSummary] = []
      try Trainer(TrainingOptions(epochs: 5)).fit(
        objective, training: Bars(exampleCount: 64), validation: Bars(exampleCount: 32)
      ) { event in
        if case .epochEnded(let summary) = event { epochs.append(summary) }
      }
      return epochs
    }
    let (captured, written) = (Growing(), Growing())
    let (epochs, _) = (try train(captured), try train(Written(written)))
    #expect(captured.weight.value == written.weight.value)
    // Of the 20 steps three run as written, and so it is with the 10 batches of validation.
    #expect(captured.notes.exampleCounts == Array(repeating: 64, count: 6))
    #expect(written.notes.exampleCounts == Array(repeating: 64, count: 30))
    // The averages of steps 0 to 3, 4 to 7 ...; validation sees the steps taken.
    let trained: [Double?] = epochs.map { $0.train["step"] }
    let validated: [Double?] = epochs.map { $0.validation?["step"] }
    #expect(trained == [1.5, 5.5, 9.5, 13.5, 17.5])
    #expect(validated == [4, 8, 12, 16, 20])
    // A number that rises with the step until the tenth; validation sees its end.
    let numbers: [Double?] = epochs.map { $0.train["number"] }
    let ends: [Double?] = epochs.map { $0.validation?["number"] }
    #expect(numbers == [1.5, 5.5, 9.25, 10, 10])
    #expect(ends == [10, 10, 10, 10, 10])
  }

  @Test func outsideOfARunThereIsNoStep() {
    let context = Context.inference()
    #expect(context.step() == nil && context.exampleCount == nil && context.player == nil)
    let number = Scheduled.linear(from: 0, to: 4, steps: 8)
    #expect(context[number].value.item == 4)
  }
}
