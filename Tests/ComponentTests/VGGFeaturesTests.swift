import ImageLosses
import Layers
import TensorCore
import Testing
import VAECore

/// Networks with weights from elsewhere.
@Suite struct VGGFeaturesTests {
  /// Two convolutions, a halving, and one more, by torchvision's names.
  private func weights(inputs: Int, _ key: inout RandomKey) -> [String: Tensor] {
    var all: [String: Tensor] = ["classifier.0.weight": .zeros([2, 2])]
    for (number, sizes) in [(0, (inputs, 4)), (2, (4, 5)), (5, (5, 6))] {
      all["features.\(number).weight"] = key.normal([sizes.1, sizes.0, 3, 3]) * 0.3
      all["features.\(number).bias"] = key.normal([sizes.1]) * 0.3
    }
    return all
  }

  @Test(arguments: [1, 3]) func layersFollowFromNames(channels: Int) throws {
    var key = RandomKey(seed: 1)
    let weights = weights(inputs: 3, &key)
    let network = try VGGFeatures(weights, observationShape: [8, 6, channels])
    let x = Variable(key.uniform([2, 8, 6, channels]))
    var context = Context.inference()
    let seen = network.activations(of: x, &context).map(\.value)

    func convolved(_ x: Variable, _ number: Int) throws -> Variable {
      x.convolved(
        Variable(try #require(weights["features.\(number).weight"])),
        bias: Variable(try #require(weights["features.\(number).bias"])),
        window: Window(stride: 1, padding: 1), activation: .relu)
    }
    let three = channels == 3 ? x : .concatenated([x, x, x], along: 3)
    func row(_ numbers: [Float]) -> Variable { Variable(Tensor(numbers, shape: [3])) }
    let scaled = (three - row([0.485, 0.456, 0.406])) / row([0.229, 0.224, 0.225])
    let first = try convolved(convolved(scaled, 0), 2)
    let second = try convolved(
      first.maxPooled(kernel: (2, 2), window: Window(stride: 2)), 5)
    #expect(seen.map(\.shape) == [[2, 8, 6, 5], [2, 4, 3, 6]])
    for (mine, expected) in zip(seen, [first.value, second.value]) {
      #expect(zip(mine.floats, expected.floats).allSatisfy { abs($0 - $1) < 1e-5 })
    }
    #expect(network(x, &context).shape == [2, network.featureCount])
  }

  /// Images are at no distance from themselves, and the distance's gradient reaches what is made alone.
  @Test func featuresCompare() throws {
    var key = RandomKey(seed: 2)
    let network = try VGGFeatures(weights(inputs: 3, &key), observationShape: [8, 6, 1])
    let before = network.namedParameters.map(\.parameter.value)
    let distance = try FeatureDistance(by: network, of: [8, 6, 1])
    let x = key.uniform([2, 8, 6, 1])
    let made = Variable(key.uniform([2, 8, 6, 1]), requiresGradient: true)
    let context = Context.training(key)
    #expect(distance(Variable(x), Variable(x), context).value.floats.allSatisfy { $0 < 1e-6 })
    let apart = distance(made, Variable(x), context)
    #expect(apart.value.floats.allSatisfy { $0 > 0.01 })
    let slopes = apart.sum().gradient(
      withRespectTo: [made] + network.namedParameters.map { context[$0.parameter] })
    #expect(slopes[0] != nil && slopes.dropFirst().allSatisfy { $0 == nil })
    #expect(network.namedParameters.map(\.parameter.value) == before)
  }

  @Test func whatDoesNotFitIsToldSo() throws {
    var key = RandomKey(seed: 3)
    let good = weights(inputs: 3, &key)
    func problem(_ weights: [String: Tensor], _ shape: Shape) -> String {
      do {
        _ = try VGGFeatures(weights, observationShape: shape)
        return ""
      } catch { return "\(error)" }
    }
    #expect(problem(good, [8, 6, 1]) == "")
    #expect(problem([:], [8, 6, 1]).contains("there is no weight called 'features.0.weight'"))
    #expect(problem(good, [8, 6, 2]).contains("the network reads 3 channels"))
    #expect(problem(good, [1, 1, 3]).contains("halves images 1 times"))
    var other = good
    other["features.5.weight"] = key.normal([6, 4, 3, 3])
    #expect(problem(other, [8, 6, 1]).contains("'features.5' is no 3x3 convolution"))
    let network = try VGGFeatures(good, observationShape: [8, 6, 1])
    #expect {
      _ = try FeatureDistance(by: network, of: [9, 9, 1])
    } throws: { "\($0)".contains("the network looks at observations [8, 6, 1]") }
  }
}
