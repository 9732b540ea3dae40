internal import Layers
internal import TensorCore

/// A convolution or a transposed one, with batch normalization and an activation after it.
struct ConvBlock<Convolution: Layer>: Layer {
  let convolution: Convolution
  let normalization: BatchNorm?

  var parts: KeyValuePairs<String, any ModulePart> {
    ["conv": convolution, "norm": normalization]
  }

  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    let y = convolution(x, &context)
    return normalization.map { $0(y, &context) } ?? y
  }
}
