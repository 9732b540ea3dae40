internal import Layers
internal import TensorCore

/// What every stage of a network shares.
struct StageMaker {
  let style: ConvStyle
  let activation: Activation
  let batchNorm: Bool
  let initializer: Initializer

  /// The stage that makes `size` ⌈1 / stride⌉ times as large.
  func encoding(
    _ inputs: Int, _ stage: ConvStage, from size: ImageSize, using key: inout RandomKey
  ) -> any Layer {
    guard style == .plain else { return residual(inputs, stage, from: size, using: &key) }
    return convolution(inputs, stage, from: size, activation: activation, using: &key)
  }

  /// The stage whose result has the size `size`, from images that `encoding` made of that size.
  func decoding(
    _ inputs: Int, _ stage: ConvStage, to size: ImageSize, using key: inout RandomKey
  ) -> any Layer {
    guard style == .residual else {
      return transposed(inputs, stage, to: size, activation: activation, using: &key)
    }
    let level = ConvStage(stage.channels, kernel: stage.kernel, stride: 1)
    let block = residual(inputs, level, from: size, using: &key)
    guard stage.stride > 1 else { return block }
    return Sequential([NearestResize(height: size.height, width: size.width), block])
  }

  /// A convolution, normalized where the network is, then `activation`.
  func convolution(
    _ inputs: Int, _ stage: ConvStage, from size: ImageSize, activation: Activation,
    using key: inout RandomKey
  ) -> ConvBlock<Conv2D> {
    ConvBlock(
      convolution: Conv2D(
        inputs, stage.channels, kernel: (stage.kernel, stage.kernel), window: size.window(stage),
        activation: batchNorm ? .identity : activation, bias: !batchNorm,
        initializer: initializer, using: &key),
      normalization: batchNorm ? BatchNorm(stage.channels, activation: activation) : nil)
  }

  private func transposed(
    _ inputs: Int, _ stage: ConvStage, to size: ImageSize, activation: Activation,
    using key: inout RandomKey
  ) -> ConvBlock<ConvTranspose2D> {
    ConvBlock(
      convolution: size.transposedConvolution(
        inputs, stage, activation: batchNorm ? .identity : activation, bias: !batchNorm,
        initializer: initializer, using: &key),
      normalization: batchNorm ? BatchNorm(stage.channels, activation: activation) : nil)
  }

  private func residual(
    _ inputs: Int, _ stage: ConvStage, from size: ImageSize, using key: inout RandomKey
  ) -> ResidualBlock {
    let second = ConvStage(stage.channels, kernel: stage.kernel, stride: 1)
    let level = size.encoded(by: stage)
    let same = inputs == stage.channels && stage.stride == 1
    return ResidualBlock(
      first: convolution(inputs, stage, from: size, activation: activation, using: &key),
      second: convolution(
        stage.channels, second, from: level, activation: .identity, using: &key),
      shortcut: same
        ? nil
        : convolution(
          inputs, ConvStage(stage.channels, kernel: 1, stride: stage.stride), from: size,
          activation: .identity, using: &key),
      activation: activation)
  }
}
