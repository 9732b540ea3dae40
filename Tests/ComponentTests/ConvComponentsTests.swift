import ConvComponents
import Foundation
import Layers
import TensorCore
import Testing
import VAECore

@Suite struct ConvComponentsTests {
  static let shapes: [Shape] = [
    [1, 1, 1], [1, 7, 2], [2, 3, 1], [5, 5, 3], [13, 6, 1], [17, 31, 4],
  ]
  static let networks: [[ConvStage]] = [
    [ConvStage(4), ConvStage(5)],
    [ConvStage(3, kernel: 4), ConvStage(3, kernel: 4), ConvStage(3, kernel: 4)],
    [ConvStage(2, kernel: 5, stride: 3), ConvStage(3, kernel: 2, stride: 1)],
    [ConvStage(3, kernel: 1, stride: 2)],
    [],
  ]

  @Test(arguments: shapes, networks)
  func everySizeIsReachedExactly(shape: Shape, stages: [ConvStage]) throws {
    for style in ConvStyle.allCases {
      for output in [ConvStage(1, stride: 1), ConvStage(1, kernel: 4, stride: 2)] {
        var key = RandomKey(seed: 3)
        let encoder = try ConvEncoder(
          observationShape: shape, stages: stages, hidden: [6], batchNorm: true, style: style,
          using: &key)
        let decoder = try ConvDecoder(
          latentCount: 2, hidden: [6], stages: stages.reversed(), parameterShape: shape,
          output: output, batchNorm: true, style: style, using: &key)
        var context = Context.inference()
        let features = encoder(Variable(key.uniform([2] + shape)), &context)
        let parameters = decoder(Variable(key.normal([2, 2])), &context)
        #expect(features.shape == [2, 6])
        #expect(parameters.shape == [2] + shape)
        #expect(features.value.isFinite && parameters.value.isFinite)
      }
    }
  }

  /// The counts of the networks written out by hand in other frameworks.
  @Test func wellKnownNetworksHaveTheirSizes() throws {
    var key = RandomKey(seed: 1)
    // Convolutions 32 and 64 with dense 128, and back; 2 x 20 features follow 128 in the posterior.
    let small = [ConvStage(32), ConvStage(64)]
    let encoder = try ConvEncoder(
      observationShape: [28, 28, 1], stages: small, hidden: [128], using: &key)
    #expect(encoder.parameterCount == 320 + 18_496 + 401_536)
    let decoder = try ConvDecoder(
      latentCount: 20, hidden: [128], stages: small.reversed(), parameterShape: [28, 28, 1],
      using: &key)
    #expect(decoder.parameterCount == 2688 + 404_544 + 36_928 + 18_464 + 289)

    // Three 4x4 convolutions of 32 channels on 32x32, two dense layers of 256, mirrored.
    let stage = ConvStage(32, kernel: 4)
    let deep = try ConvEncoder(
      observationShape: [32, 32, 1], stages: [stage, stage, stage], hidden: [256, 256],
      using: &key)
    #expect(deep.parameterCount == 544 + 16_416 + 16_416 + 131_328 + 65_792)
    let mirrored = try ConvDecoder(
      latentCount: 10, hidden: [256, 256], stages: [stage, stage], parameterShape: [32, 32, 1],
      output: ConvStage(1, kernel: 4), using: &key)
    #expect(mirrored.parameterCount == 2816 + 65_792 + 131_584 + 16_416 + 16_416 + 513)

    // 32 to 512 channels with batch normalization on 64x64x3.
    let widths = [32, 64, 128, 256, 512]
    let wide = try ConvEncoder(
      observationShape: [64, 64, 3], stages: widths.map { ConvStage($0) },
      activation: .leakyReLU(), batchNorm: true, using: &key)
    #expect(wide.featureCount == 2048)
    let back = try ConvDecoder(
      latentCount: 128, stages: [256, 128, 64, 32, 32].map { ConvStage($0) },
      parameterShape: [64, 64, 3], baseChannels: 512, baseActivation: .identity,
      activation: .leakyReLU(), batchNorm: true, using: &key)
    var context = Context.inference()
    #expect(back(Variable(key.normal([1, 128])), &context).shape == [1, 64, 64, 3])
  }

  @Test func stagesAreReadFromNumbersAndObjects() throws {
    let json = Data(#"[32, {"channels": 8, "kernel": 4}, {"channels": 1, "stride": 1}]"#.utf8)
    let stages = try JSONDecoder().decode([ConvStage].self, from: json)
    #expect(stages == [ConvStage(32), ConvStage(8, kernel: 4), ConvStage(1, stride: 1)])
  }

  @Test func whatIsNoImageIsRefused() {
    var key = RandomKey(seed: 1)
    #expect {
      _ = try ConvEncoder(observationShape: [784], stages: [ConvStage(3)], using: &key)
    } throws: {
      "\($0)".contains("[height, width, channels]") && "\($0)".contains("[784]")
    }
    #expect(throws: CompositionError.self) {
      _ = try ConvDecoder(
        latentCount: 2, stages: [ConvStage(3, stride: 0)], parameterShape: [4, 4, 1], using: &key)
    }
    #expect(throws: CompositionError.self) {
      _ = try ConvEncoder(
        observationShape: [4, 4, 1], stages: [], hidden: [0], using: &key)
    }
  }
}
