import Foundation
import Layers
import TensorCore
import Testing

// What an outsider writes: two loops of their own, and an operation made of them.

/// x + sin²(a x) / a, and its pullback g (1 + sin(2 a x)).
///
/// - Source: Ziyin, Hartwig and Ueda, "Neural Networks Fail to Learn Periodic Functions and How to Fix It", arXiv:2006.08195.
struct Snake: CustomKernel {
  enum Form { case value, pullback }
  let form: Form
  let frequency: Double
  var name: String { "snake \(form)" }

  func run(_ operands: KernelOperands) {
    switch operands.dtype(ofInput: 0) {
    case .float64: run(operands, as: Double.self)
    default: run(operands, as: Float.self)
    }
  }

  private func run<T: TensorElement & BinaryFloatingPoint>(
    _ operands: KernelOperands, as type: T.Type
  ) {
    let x = operands.input(0, as: T.self), y = operands.output(0, as: T.self)
    Threads.share(x.count, grain: 1024) { range in
      for i in range {
        let angle = frequency * Double(x[i])
        switch form {
        case .value: y[i] = x[i] + T(sin(angle) * sin(angle) / frequency)
        case .pullback: y[i] = operands.input(1, as: T.self)[i] * T(1 + sin(2 * angle))
        }
      }
    }
  }
}

extension Variable {
  /// The activation, with a gradient that is a kernel too.
  func snake(frequency: Double = 2) -> Variable {
    let x = value
    func run(_ form: Snake.Form, _ inputs: [Tensor]) -> Tensor {
      Tensor(
        shape: x.shape, dtype: x.dtype, by: Snake(form: form, frequency: frequency),
        reading: inputs)
    }
    return Variable(run(.value, [x]), inputs: [self], name: "snake") { g in
      [run(.pullback, [x, g])]
    }
  }

  /// The same with a gradient in operations of variables, which can be differentiated again.
  func snakeOfVariables(frequency: Double = 2) -> Variable {
    let y = Tensor(
      shape: shape, dtype: dtype, by: Snake(form: .value, frequency: frequency), reading: [value])
    return Variable(
      y, inputs: [self],
      differentiablePullback: { g, inputs, _ in
        [g * ((inputs[0] * (2 * frequency)).sin() + 1)]
      })
  }
}

/// Two results at once: the extremes of each row.
struct Extremes: CustomKernel {
  func run(_ operands: KernelOperands) {
    let x = operands.input(0, as: Int32.self), width = operands.shape(ofInput: 0)[1]
    for row in 0..<operands.shape(ofInput: 0)[0] {
      let row = (row, x[(row * width)..<((row + 1) * width)])
      operands.output(0, as: Int32.self)[row.0] = row.1.min() ?? 0
      operands.output(1, as: Int32.self)[row.0] = row.1.max() ?? 0
    }
  }
}

@Suite struct CustomKernelTests {
  @Test func itComputesInEveryFormat() {
    let x = [-1.5, 0, 0.25, 3]
    let expected = x.map { $0 + sin(2 * $0) * sin(2 * $0) / 2 }
    for dtype in [DType.float32, .float64] {
      let y = Variable(Tensor(x, shape: [4]).converted(to: dtype)).snake().value
      #expect(y.dtype == dtype)
      #expect(
        zip(y.doubles, expected).allSatisfy { abs($0 - $1) < (dtype == .float32 ? 1e-6 : 1e-15) })
    }
    let extremes = Tensor.made(
      [([2], .int32), ([2], .int32)], by: Extremes(),
      reading: [Tensor([3, -1, 2, 5, 5, 9], shape: [2, 3])])
    #expect(extremes.map(\.integers) == [[-1, 5], [3, 9]])
  }

  @Test func gradientIsTheSlope() throws {
    let x = Tensor([-1.5, 0.3, 0.25, 3], shape: [4])
    for snake in [{ $0.snake() }, { $0.snakeOfVariables() }] as [(Variable) -> Variable] {
      func total(_ step: Double) -> Double { snake(Variable(x + step)).value.sum().item }
      let leaf = Variable(x, requiresGradient: true)
      let gradient = try #require(snake(leaf).sum().gradient(withRespectTo: [leaf])[0])
      #expect(abs(gradient.sum().item - (total(1e-5) - total(-1e-5)) / 2e-5) < 1e-8)
    }
  }

  @Test func gradientInVariablesHasAGradient() throws {
    let x = Variable(Tensor([-1.5, 0.3], shape: [2]), requiresGradient: true)
    let slope = try #require(x.snakeOfVariables().sum().gradientVariables(withRespectTo: [x])[0])
    let second = try #require(slope.sum().gradient(withRespectTo: [x])[0])
    #expect(zip(second.doubles, [-1.5, 0.3]).allSatisfy { abs($0 - 4 * cos(4 * $1)) < 1e-14 })
  }

  /// A network with the kernel in it trains captured, to the bits it has as it is written.
  @Test func networkTrainsCaptured() throws {
    func train(_ capture: (([Parameter]) -> Capture)?) -> (weights: [Tensor], replays: Int) {
      var key = RandomKey(seed: 3)
      let layers = [Dense(2, 16, using: &key), Dense(16, 1, using: &key)]
      let parameters = layers.flatMap(\.trainableParameters)
      let capture = capture?(parameters)
      var first = 0.0, last = 0.0
      for step in 0..<60 {
        let x = key.normal([32, 2])
        let target = Variable(x.sliced(along: 1, 0..<1)).sin().value
        func pass() -> [Tensor?] {
          var context = Context.training(RandomKey(seed: 1))
          let hidden = layers[0](Variable(x), &context).snake()
          let loss = (layers[1](hidden, &context) - Variable(target)).squared().mean()
          return [loss.value] + loss.gradient(withRespectTo: parameters)
        }
        let given =
          capture.map { $0([], inputs: [x, target], key: RandomKey(seed: 1), pass) } ?? pass()
        if let loss = given[0]?.item { if step == 0 { first = loss } else { last = loss } }
        for (parameter, gradient) in zip(parameters, given.dropFirst()) {
          if let gradient { parameter.value = parameter.value - gradient * 0.05 }
        }
      }
      #expect(last < first / 2)
      return (parameters.map(\.value), capture?.replayCount ?? 0)
    }
    let (written, captured) = (train(nil), train { Capture($0) })
    #expect(captured.replays > 50)
    #expect(captured.weights == written.weights)
  }

  /// A kernel whose own numbers change from step to step is no recording.
  @Test func numbersThatChangePreventCapture() {
    let capture = Capture([])
    var calls = 0.0
    for _ in 0..<6 {
      let x = Tensor([1.0, 2], shape: [2])
      _ = capture([], inputs: [x], key: RandomKey(seed: 1)) {
        calls += 1
        return [Variable(x).snake(frequency: calls).value]
      }
    }
    #expect(capture.count == 0)
    #expect(capture.obstacle == "a number in snake value changes from step to step")
  }

  @Test func wrongFormatTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor.made([([1], .int32), ([1], .int32)], by: Extremes(), reading: [.zeros([1, 2])])
    }
  }
}
