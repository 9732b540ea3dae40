import Foundation
import Layers
import TensorCore
import Testing

/// One layer's numbers as PyTorch gives them; `Golden/make_golden.py` writes the file.
struct GoldenCase: Decodable, CustomTestStringConvertible {
  struct Numbers: Decodable {
    var shape: [Int]
    var values: [Double]
    var tensor: Tensor { Tensor(values, shape: Shape(shape)) }
  }

  var kind: String
  var options: [String: [Int]]
  var activation: Activation
  var training: Bool
  var parameters: [String: Numbers]
  var x: Numbers
  var y: Numbers
  var seed: Numbers
  var xGradient: Numbers
  var gradients: [String: Numbers]
  var buffers: [String: Numbers]

  var testDescription: String { "\(kind) \(x.shape) \(options) \(activation.name)" }

  static let all: [GoldenCase] = {
    guard let url = Bundle.module.url(forResource: "Golden/layers", withExtension: "json"),
      let data = try? Data(contentsOf: url)
    else { return [] }
    return (try? JSONDecoder().decode([GoldenCase].self, from: data)) ?? []
  }()

  private func pair(_ name: String, _ fallback: Int) -> (height: Int, width: Int) {
    options[name].map { ($0[0], $0[1]) } ?? (fallback, fallback)
  }

  private var window: Window {
    let padding = pair("padding", 0)
    return Window(
      stride: pair("stride", 1),
      padding: .init(
        top: padding.height, bottom: padding.height, left: padding.width, right: padding.width),
      dilation: pair("dilation", 1))
  }

  func layer() -> any Layer {
    var key = RandomKey(seed: 1)
    let weight = parameters["weight"]?.shape ?? []
    let bias = parameters["bias"] != nil
    switch kind {
    case "dense":
      return Dense(weight[1], weight[0], activation: activation, bias: bias, using: &key)
    case "conv":
      return Conv2D(
        weight[1], weight[0], kernel: pair("kernel_size", 1), window: window,
        activation: activation, bias: bias, using: &key)
    case "transposed":
      return ConvTranspose2D(
        weight[0], weight[1], kernel: pair("kernel_size", 1), window: window,
        outputPadding: pair("output_padding", 0), activation: activation, bias: bias, using: &key)
    case "batch": return BatchNorm(weight[0], activation: activation)
    case "layer": return LayerNorm(Shape(weight))
    case "group":
      return GroupNorm(weight[0], groups: pair("groups", 1).height, activation: activation)
    default:
      let size = pair("size", 1)
      return NearestResize(height: size.height, width: size.width)
    }
  }
}

func largestDifference(_ a: Tensor, _ b: Tensor) -> Double {
  guard a.shape == b.shape else { return .infinity }
  return zip(a.doubles, b.doubles).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

@Suite struct GoldenTests {
  @Test func theFileIsRead() { #expect(GoldenCase.all.count == 33) }

  @Test(arguments: GoldenCase.all, [DType.float32, .float64])
  func layerAgreesWithPyTorch(golden: GoldenCase, dtype: DType) throws {
    let layer = golden.layer()
    let names = layer.namedParameters.map(\.name)
    #expect(Set(names) == Set(golden.parameters.keys))
    for (name, parameter) in layer.namedParameters {
      parameter.value = try #require(golden.parameters[name]).tensor
    }
    layer.convert(to: dtype)
    let tolerance = dtype == .float32 ? 2e-5 : 1e-7
    let x = Variable(golden.x.tensor.converted(to: dtype), requiresGradient: true)
    var context = Context(
      isTraining: golden.training, recordsGradients: true, key: RandomKey(seed: 0))
    let y = layer(x, &context)
    #expect(largestDifference(y.value, golden.y.tensor) < tolerance)

    let seed = golden.seed.tensor.converted(to: dtype)
    let byInput = try #require(y.gradient(withRespectTo: [x], seed: seed)[0])
    #expect(largestDifference(byInput, golden.xGradient.tensor) < tolerance)
    for (name, parameter) in layer.namedParameters {
      if let expected = golden.buffers[name] {
        #expect(!parameter.isTrainable)
        #expect(largestDifference(parameter.value, expected.tensor) < tolerance, "\(name)")
      } else if let expected = golden.gradients[name] {
        // A gradient of the parameter itself: the leaf stands for it.
        let loss = (y * Variable(seed)).sum()
        let gradient = try #require(loss.gradient(withRespectTo: [parameter])[0])
        #expect(largestDifference(gradient, expected.tensor) < 4 * tolerance, "\(name)")
      }
    }
  }
}
