internal import Layers
internal import TensorCore

/// An exponential moving average of weights: what is evaluated and saved in their place.
///
/// It begins as the weights after the first step, as PyTorch's `AveragedModel` does.
struct MovingAverage {
  let decay: Double
  /// The averages in the parameters' order; empty before the first step.
  var tensors: [Tensor] = []

  init(decay: Double) { self.decay = decay }

  /// Begins with the weights after the first step.
  mutating func begin(_ parameters: [Parameter]) { tensors = parameters.map(\.value) }

  /// Follows the weights after a step.
  mutating func follow(_ parameters: [Parameter]) {
    if tensors.isEmpty { return begin(parameters) }
    var pass = OptimizerPass()
    for (i, parameter) in parameters.enumerated() {
      pass.add(average: &tensors[i], of: parameter.value)
    }
    pass.average(take: 1 - decay)
  }

  /// Puts the averages into the parameters for good.
  func stay(in parameters: [Parameter]) {
    for (parameter, average) in zip(parameters, tensors) { parameter.value = average }
  }

  /// Calls `body` while the averages stand in the parameters.
  func standing<R>(in parameters: [Parameter], _ body: () throws -> R) rethrows -> R {
    guard !tensors.isEmpty else { return try body() }
    let weights = parameters.map(\.value)
    defer { for (parameter, weight) in zip(parameters, weights) { parameter.value = weight } }
    stay(in: parameters)
    return try body()
  }
}
