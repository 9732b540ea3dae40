internal import Layers
internal import TensorCore
internal import VAECore

/// Height and width of an image on its way through the stages.
struct ImageSize {
  let height: Int
  let width: Int

  /// What an encoder's stage makes of this size.
  func encoded(by stage: ConvStage) -> ImageSize {
    let same = Window.same(
      height: height, width: width, kernel: stage.kernel, stride: stage.stride)
    return ImageSize(height: same.height, width: same.width)
  }

  /// The window of an encoder's stage on this size.
  func window(_ stage: ConvStage) -> Window {
    Window.same(height: height, width: width, kernel: stage.kernel, stride: stage.stride).window
  }

  /// The layer that leads from `encoded(by: stage)` back to this size.
  func transposedConvolution(
    _ inputs: Int, _ stage: ConvStage, activation: Activation, bias: Bool,
    initializer: Initializer, using key: inout RandomKey
  ) -> ConvTranspose2D {
    let (kernel, small, window) = (
      (height: stage.kernel, width: stage.kernel), encoded(by: stage), window(stage)
    )
    let reached = window.transposedOutputSize(
      height: small.height, width: small.width, kernel: kernel, outputPadding: (0, 0))
    return ConvTranspose2D(
      inputs, stage.channels, kernel: kernel, window: window,
      outputPadding: (height - reached.height, width - reached.width), activation: activation,
      bias: bias, initializer: initializer, using: &key)
  }
}

/// Throws where convolutions cannot work on images of this shape or with these stages.
func requireImages(
  _ shape: Shape, stages: [ConvStage], hidden: [Int]
) throws(CompositionError) {
  guard shape.rank == 3, shape.count > 0 else {
    throw CompositionError(
      incompatible:
        "convolutions work on images [height, width, channels], but the observations are \(shape); "
        + "choose fully connected components, or shape the data as images")
  }
  if let stage = stages.first(where: { !$0.isSound }) {
    throw CompositionError(
      incompatible: "a convolution has channels, kernel and stride of at least 1, "
        + "not \(stage.channels), \(stage.kernel) and \(stage.stride)")
  }
  if let width = hidden.first(where: { $0 < 1 }) {
    throw CompositionError(incompatible: "a hidden layer is at least 1 wide, not \(width)")
  }
}
