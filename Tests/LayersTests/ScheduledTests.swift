import Layers
import TensorCore
import Testing

/// Numbers that change with the step, and what a pass may move.
@Suite struct ScheduledTests {
  private struct Inner: Module {
    let temperature: Scheduled
    let weight = Parameter(.zeros([1]))
    var parts: KeyValuePairs<String, any ModulePart> {
      ["temperature": temperature, "weight": weight]
    }
  }

  private struct Outer: Module {
    let inner: [Inner]
    let warmUp: Scheduled?
    let same: Inner
    var parts: KeyValuePairs<String, any ModulePart> {
      ["inner": inner, "warm_up": warmUp, "same": same]
    }
  }

  @Test func hasItsValueUntilItSettles() {
    let number = Scheduled.linear(from: 1, to: 0.5, steps: 4)
    #expect(
      [0, 1, 2, 3, 4, 5, 1000].map { number(at: $0) } == [1, 0.875, 0.75, 0.625, 0.5, 0.5, 0.5])
    let made = Scheduled(end: 7, from: 2) { Double($0) }
    #expect([0, 1, 2, 3].map { made(at: $0) } == [0, 1, 7, 7])
    #expect(Scheduled.linear(from: 3, to: 4, steps: 0)(at: 0) == 4)
  }

  @Test func isFoundThroughParts() {
    let (a, b) = (
      Inner(temperature: .linear(from: 1, to: 0, steps: 5)),
      Inner(temperature: .linear(from: 1, to: 0, steps: 9))
    )
    let outer = Outer(inner: [a, b], warmUp: .linear(from: 0, to: 1, steps: 7), same: b)
    #expect(
      outer.namedSchedules.map(\.name)
        == ["inner.0.temperature", "inner.1.temperature", "warm_up"])
    #expect(outer.settledStep == 9)
    // One that is shared stands once, and numbers are no parameters.
    #expect(outer.namedParameters.map(\.name) == ["inner.0.weight", "inner.1.weight"])
    #expect(Outer(inner: [], warmUp: nil, same: a).settledStep == 5)
    #expect(BatchNorm(2).settledStep == 0)
  }

  @Test func aPassReadsTheStepsValueOrTheLast() {
    let inner = Inner(temperature: .linear(from: 1, to: 0.5, steps: 4))
    var context = Context.training(RandomKey(seed: 1))
    #expect(context[inner.temperature].value.item == 0.5)
    context.enter(step: 1, of: inner)
    #expect(context[inner.temperature, as: .float64].value.item == 0.875)
    #expect(context[inner.temperature].dtype == .float32)
    #expect(context.step(as: .float64)?.value.item == 1)
  }

  @Test func aPassMovesWhatItsPlayerOwns() {
    let (own, other) = (BatchNorm(2), BatchNorm(2))
    var key = RandomKey(seed: 3)
    let x = Variable(key.normal([8, 2]))
    var context = Context.training(key)
    context.trained = Set(own.namedParameters.map { ObjectIdentifier($0.parameter) })
    let y = own(other(x, &context), &context)
    #expect(own.runningMean.value != .zeros([2]) || own.runningVariance.value != .zeros([2]))
    #expect(other.runningMean.value == .zeros([2]))
    #expect(context.moves(own.runningMean) && !context.moves(other.runningMean))
    #expect(!Context.inference().moves(own.runningMean))
    // Gradients reach nothing else.
    let gradients = y.squared().sum().gradient(
      withRespectTo: [own.weight, own.bias, other.weight, other.bias])
    #expect(gradients.map { $0 != nil } == [true, true, false, false])
  }
}
