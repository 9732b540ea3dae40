internal import Layers
internal import TensorCore

/// How the hidden layers of a fully connected network are arranged.
public enum MLPStyle: String, Sendable, Hashable, Codable, CaseIterable {
  /// One layer a width.
  case plain
  /// A residual block a width.
  case residual

  /// The hidden layers; `widths` gives the input's width and each layer's.
  func hiddenLayers(
    _ widths: [Int], activation: Activation, initializer: Initializer, using key: inout RandomKey
  ) -> [any Layer] {
    switch self {
    case .plain:
      Dense.chain(widths, activation: activation, initializer: initializer, using: &key)
    case .residual:
      zip(widths, widths.dropFirst()).map {
        ResidualDense($0, $1, activation: activation, initializer: initializer, using: &key)
      }
    }
  }
}

/// Two fully connected layers beside a shortcut, added and activated: `[batch, in]` to `[batch,
/// out]`.
///
/// The shortcut is the input itself, or a matrix where the widths differ.
///
/// - Source: He, Zhang, Ren and Sun, "Deep Residual Learning", arXiv:1512.03385, equations 1 and 2.
struct ResidualDense: Layer {
  let first: Dense
  let second: Dense
  let shortcut: Dense?
  let activation: Activation

  init(
    _ inputCount: Int, _ outputCount: Int, activation: Activation, initializer: Initializer,
    using key: inout RandomKey
  ) {
    first = Dense(
      inputCount, outputCount, activation: activation, initializer: initializer, using: &key)
    second = Dense(outputCount, outputCount, initializer: initializer, using: &key)
    shortcut =
      inputCount == outputCount
      ? nil
      : Dense(inputCount, outputCount, bias: false, initializer: initializer, using: &key)
    self.activation = activation
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["first": first, "second": second, "shortcut": shortcut]
  }

  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    let branch = second(first(x, &context), &context)
    let direct = shortcut.map { $0(x, &context) } ?? x
    return (direct + branch).activated(by: activation)
  }
}
