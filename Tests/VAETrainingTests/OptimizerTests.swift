import Foundation
import Layers
import TensorCore
import Testing
import VAECore

@testable import VAETraining

func golden(_ name: String) throws -> SafeTensors {
  let url = try #require(
    Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Golden"))
  return try SafeTensors(contentsOf: url.path)
}

private func options(
  _ name: OptimizerOptions.Name, _ change: (inout OptimizerOptions) -> Void = { _ in }
) -> OptimizerOptions {
  var options = OptimizerOptions(name)
  change(&options)
  return options
}

private let cases: [String: OptimizerOptions] = [
  "adam": options(.adam),
  "adam_decay": options(.adam) {
    $0.learningRate = 0.02
    ($0.beta1, $0.beta2, $0.epsilon, $0.weightDecay) = (0.8, 0.95, 1e-6, 0.1)
  },
  "adamw": options(.adamw),
  "adamw_decay": .adamw(learningRate: 0.05, weightDecay: 0.2),
  "adamax": options(.adamax),
  "adamax_decay": options(.adamax) {
    $0.learningRate = 0.03
    ($0.beta1, $0.beta2, $0.weightDecay) = (0.7, 0.9, 0.1)
  },
  "rmsprop": options(.rmsprop),
  "rmsprop_momentum": options(.rmsprop) {
    ($0.learningRate, $0.alpha, $0.momentum, $0.weightDecay) = (0.02, 0.9, 0.8, 0.1)
  },
  "sgd": options(.sgd),
  "sgd_decay": options(.sgd) { ($0.learningRate, $0.weightDecay) = (0.1, 0.1) },
  "sgd_momentum": .sgd(learningRate: 0.1, momentum: 0.9),
  "sgd_dampening": options(.sgd) {
    ($0.learningRate, $0.momentum, $0.dampening) = (0.1, 0.9, 0.3)
  },
  "sgd_nesterov": options(.sgd) {
    ($0.learningRate, $0.momentum, $0.weightDecay) = (0.1, 0.9, 0.1)
    $0.nesterov = true
  },
]

extension Optimizer {
  /// A step of all parameters, without an average.
  fileprivate mutating func step(
    _ parameters: [Parameter], _ gradients: [Tensor?], rate: Double, gradientScale: Double
  ) -> Double {
    var none: MovingAverage?
    return step(
      parameters, gradients, rate: rate, gradientScale: gradientScale, following: &none)
  }
}

@Suite struct OptimizerTests {
  @Test(arguments: cases.keys.sorted(), [DType.float32, .float64])
  func followsPyTorch(name: String, dtype: DType) throws {
    let golden = try golden("optimizers")
    let options = try #require(cases[name])
    let gradients = try #require(golden["gradients"]).converted(to: dtype)
    let expected = try #require(golden["\(name).\(dtype.rawValue)"])
    let start = try #require(golden["start"]).converted(to: dtype)
    // Two parameters in one pass, the second a part of the first, must not mix.
    let whole = Parameter(start)
    let part = Parameter(start.row(0, of: 1, until: 4))
    var optimizer = Optimizer(options, for: [whole, part])
    let bound = dtype == .float32 ? 2e-6 : 1e-13
    for step in 0..<expected.shape[0] {
      let gradient = gradients.row(step, of: gradients.shape[0])
      _ = optimizer.step(
        [whole, part], [gradient, gradient.row(0, of: 1, until: 4)],
        rate: options.learningRate, gradientScale: 1)
      let now = expected.row(step, of: expected.shape[0]).doubles
      for (value, golden) in zip(whole.value.doubles, now) {
        #expect(abs(value - golden) <= bound * max(1, abs(golden)), "\(name) step \(step)")
      }
      #expect(part.value.doubles == Array(whole.value.doubles.prefix(4)))
    }
  }

  @Test func changesWeightsInPlace() {
    let parameter = Parameter(Tensor.zeros([1000]))
    let gradient = Tensor(repeating: 1, shape: [1000])
    var optimizer = Optimizer(.adam(), for: [parameter])
    func step() {
      _ = optimizer.step([parameter], [gradient], rate: 0.1, gradientScale: 1)
    }
    step()
    let address = parameter.value.withUnsafeBytes { $0.baseAddress }
    for _ in 0..<5 { step() }
    #expect(parameter.value.withUnsafeBytes { $0.baseAddress } == address)
    // A tensor somebody still holds is not written over.
    let held = parameter.value
    let before = held.floats
    step()
    #expect(held.floats == before)
    #expect(parameter.value.floats != before)
  }

  @Test func leavesAParameterWithoutGradientAlone() {
    let parameters = [Parameter(Tensor([1.0], shape: [1])), Parameter(Tensor([2.0], shape: [1]))]
    var optimizer = Optimizer(.adamw(learningRate: 0.1, weightDecay: 0.5), for: parameters)
    let squares = optimizer.step(
      parameters, [nil, Tensor([3.0], shape: [1])], rate: 0.1, gradientScale: 0.5)
    #expect(squares == 9)
    #expect(parameters[0].value.item == 1)
    #expect(parameters[1].value.item < 2)
  }

  @Test func averagesLikePyTorch() throws {
    let golden = try golden("optimizers")
    let gradients = try #require(golden["gradients"])
    let expected = try #require(golden["moving_average"])
    let parameter = Parameter(gradients.row(0, of: gradients.shape[0]))
    var average = MovingAverage(decay: 0.9)
    for step in 0..<gradients.shape[0] {
      parameter.value = gradients.row(step, of: gradients.shape[0])
      average.follow([parameter])
      let now = average.tensors[0].doubles
      for (value, golden) in zip(now, expected.row(step, of: gradients.shape[0]).doubles) {
        #expect(abs(value - golden) < 1e-14)
      }
    }
  }

  /// The average that an optimizer takes along in its pass is the one that follows after it.
  @Test func averagesInTheSamePass() {
    let (one, other) = (Parameter(.zeros([9000])), Parameter(.zeros([9000])))
    var (a, b) = (Optimizer(.adam(), for: [one]), Optimizer(.adam(), for: [other]))
    var joined: MovingAverage? = MovingAverage(decay: 0.9)
    var apart = MovingAverage(decay: 0.9)
    joined?.begin([one])
    apart.begin([other])
    var key = RandomKey(seed: 1)
    for _ in 0..<3 {
      let gradient = key.normal([9000])
      _ = a.step([one], [gradient], rate: 0.1, gradientScale: 1, following: &joined)
      _ = b.step([other], [gradient], rate: 0.1, gradientScale: 1)
      apart.follow([other])
    }
    #expect(joined?.tensors == apart.tensors)
    #expect(one.value == other.value)
  }
}

extension Tensor {
  /// Row `i` of `count` equal parts, or its first `end` elements.
  fileprivate func row(_ i: Int, of count: Int, until end: Int? = nil) -> Tensor {
    let width = self.count / count
    let elements = Array(doubles[(i * width)..<(i * width + (end ?? width))])
    return Tensor(elements, shape: [elements.count]).converted(to: dtype)
  }
}
