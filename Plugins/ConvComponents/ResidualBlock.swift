internal import Layers
internal import TensorCore

/// Two convolutions beside a shortcut, added and activated.
///
/// The shortcut is the image itself, or a 1x1 convolution where the sizes differ.
///
/// - Source: He, Zhang, Ren and Sun, "Deep Residual Learning", arXiv:1512.03385, figure 2 and
///   option B.
struct ResidualBlock: Layer {
  let first: ConvBlock<Conv2D>
  let second: ConvBlock<Conv2D>
  let shortcut: ConvBlock<Conv2D>?
  let activation: Activation

  var parts: KeyValuePairs<String, any ModulePart> {
    ["first": first, "second": second, "shortcut": shortcut]
  }

  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    let branch = second(first(x, &context), &context)
    let direct = shortcut.map { $0(x, &context) } ?? x
    return (direct + branch).activated(by: activation)
  }
}
