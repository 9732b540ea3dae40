import Layers
import TensorCore
import Testing
import VAETestKit

/// Losses that hold a gradient, over networks of layers.
@Suite struct GradientPenaltyTests {
  private func penalty(
    _ critic: Sequential, on x: Tensor, _ context: inout Context
  ) throws -> Variable {
    let input = Variable(x, requiresGradient: true)
    let score = critic(input, &context).sum()
    let slope = try #require(score.gradientVariables(withRespectTo: [input])[0])
    return ((slope.squared().sumPerExample() + 1e-6).squareRoot() - 1).squared().mean()
  }

  private func check(_ critic: Sequential, on shape: Shape) throws {
    var key = RandomKey(seed: 12)
    critic.convert(to: .float64)
    let x = key.normal(shape, dtype: .float64)
    try GradientCheck()(critic.namedParameters, using: &key) {
      var context = Context.training(RandomKey(seed: 1))
      do { return try penalty(critic, on: x, &context) } catch { return Variable(Tensor(.nan)) }
    }
  }

  @Test func ofDenseLayers() throws {
    var key = RandomKey(seed: 2)
    try check(
      Sequential([
        Dense(5, 7, activation: .tanh, using: &key), Dense(7, 6, activation: .silu, using: &key),
        Dense(6, 1, using: &key),
      ]), on: [4, 5])
  }

  @Test func ofConvolutions() throws {
    var key = RandomKey(seed: 3)
    try check(
      Sequential([
        Conv2D(2, 4, kernel: 3, stride: 2, padding: 1, activation: .softplus, using: &key),
        GroupNorm(4, groups: 2),
        Conv2D(4, 3, kernel: 3, padding: 1, activation: .leakyReLU(slope: 0.2), using: &key),
        Conv2D(3, 1, kernel: 3, activation: .tanh, using: &key),
      ]), on: [3, 6, 6, 2])
  }
}
