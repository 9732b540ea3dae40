public import TensorCore

/// A transposed convolution with an activation: images `[batch, height, width, in]` to larger ones
/// with `out` channels.
///
/// It maps sizes the other way round from the ``Conv2D`` with the same window and kernel. Where a
/// stride makes several image sizes give one output size, `outputPadding` chooses among them.
public struct ConvTranspose2D: Layer {
  /// The weight, `[in, out, kernel height, kernel width]`, as PyTorch stores it.
  public let weight: Parameter
  /// The bias, `[out]`.
  public let bias: Parameter?
  /// How the kernel moves over the layer's output.
  public let window: Window
  /// Rows and columns added at the output's bottom and right.
  public let outputPadding: (height: Int, width: Int)
  /// Applied to each output.
  public let activation: Activation

  /// A layer with fresh weights.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: (height: Int, width: Int),
    window: Window = Window(), outputPadding: (height: Int, width: Int) = (0, 0),
    activation: Activation = .identity, bias: Bool = true, initializer: Initializer = .pytorch,
    using key: inout RandomKey
  ) {
    // PyTorch counts a transposed layer's fan-in over its outputs, the weight's second axis.
    let fan = (
      input: outputChannels * kernel.height * kernel.width,
      output: inputChannels * kernel.height * kernel.width
    )
    weight = Parameter(
      initializer(
        [inputChannels, outputChannels, kernel.height, kernel.width], fanIn: fan.input,
        fanOut: fan.output, using: &key))
    self.bias = bias ? initializer.bias(outputChannels, fanIn: fan.input, using: &key) : nil
    self.window = window
    self.outputPadding = outputPadding
    self.activation = activation
  }

  /// A layer with a square kernel and the same padding on every side.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    outputPadding: Int = 0, dilation: Int = 1, activation: Activation = .identity,
    bias: Bool = true, initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    self.init(
      inputChannels, outputChannels, kernel: (kernel, kernel),
      window: Window(stride: stride, padding: padding, dilation: dilation),
      outputPadding: (outputPadding, outputPadding), activation: activation, bias: bias,
      initializer: initializer, using: &key)
  }

  /// The weight and the bias.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight, "bias": bias] }

  /// The layer's output for images `x`.
  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    x.transposeConvolved(
      context[weight], bias: bias.map { context[$0] }, window: window,
      outputPadding: outputPadding, activation: activation)
  }
}
