public import TensorCore

/// A convolution with an activation: images `[batch, height, width, in]` to `[batch, height',
/// width', out]`.
public struct Conv2D: Layer {
  /// The weight, `[out, in, kernel height, kernel width]`, as PyTorch stores it.
  public let weight: Parameter
  /// The bias, `[out]`.
  public let bias: Parameter?
  /// How the kernel moves over the image.
  public let window: Window
  /// Applied to each output.
  public let activation: Activation

  /// A layer with fresh weights.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: (height: Int, width: Int),
    window: Window = Window(), activation: Activation = .identity, bias: Bool = true,
    initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    let fan = (
      input: inputChannels * kernel.height * kernel.width,
      output: outputChannels * kernel.height * kernel.width
    )
    weight = Parameter(
      initializer(
        [outputChannels, inputChannels, kernel.height, kernel.width], fanIn: fan.input,
        fanOut: fan.output, using: &key))
    self.bias = bias ? initializer.bias(outputChannels, fanIn: fan.input, using: &key) : nil
    self.window = window
    self.activation = activation
  }

  /// A layer with a square kernel and the same padding on every side.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, activation: Activation = .identity, bias: Bool = true,
    initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    self.init(
      inputChannels, outputChannels, kernel: (kernel, kernel),
      window: Window(stride: stride, padding: padding, dilation: dilation),
      activation: activation, bias: bias, initializer: initializer, using: &key)
  }

  /// The weight and the bias.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight, "bias": bias] }

  /// The layer's output for images `x`.
  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    x.convolved(
      context[weight], bias: bias.map { context[$0] }, window: window, activation: activation)
  }
}
