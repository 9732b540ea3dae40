public import TensorCore

/// How a weight's first values are drawn.
public enum Initializer: Sendable, Hashable {
  /// Zeros.
  case zeros
  /// Ones.
  case ones
  /// Uniform in ±1/√fan-in: what PyTorch's linear and convolution layers start from.
  case pytorch
  /// Uniform in ±√(6 / (fan-in + fan-out)).
  ///
  /// - Source: Glorot and Bengio, AISTATS 2010.
  case glorotUniform
  /// Normal with variance 2 / (fan-in + fan-out).
  case glorotNormal
  /// Uniform in ±√(6 / fan-in).
  ///
  /// - Source: He, Zhang, Ren and Sun, arXiv:1502.01852.
  case heUniform
  /// Normal with variance 2 / fan-in.
  case heNormal
  /// Normal with variance 1 / fan-in.
  ///
  /// - Source: LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.
  case lecunNormal
  /// Normal with the given standard deviation.
  case normal(deviation: Double)

  /// First values of the given shape; `fanIn` and `fanOut` count the weights that meet in an input
  /// and an output unit.
  public func callAsFunction(
    _ shape: Shape, fanIn: Int, fanOut: Int, using key: inout RandomKey
  ) -> Tensor {
    let fanIn = Double(max(fanIn, 1)), both = Double(max(fanOut, 1)) + fanIn
    func uniform(_ limit: Double) -> Tensor { key.uniform(shape, low: -limit, high: limit) }
    func normal(_ variance: Double) -> Tensor {
      key.normal(shape, deviation: variance.squareRoot())
    }
    return switch self {
    case .zeros: Tensor.zeros(shape)
    case .ones: Tensor(repeating: 1, shape: shape)
    case .pytorch: uniform(1 / fanIn.squareRoot())
    case .glorotUniform: uniform((6 / both).squareRoot())
    case .glorotNormal: normal(2 / both)
    case .heUniform: uniform((6 / fanIn).squareRoot())
    case .heNormal: normal(2 / fanIn)
    case .lecunNormal: normal(1 / fanIn)
    case .normal(let deviation): normal(deviation * deviation)
    }
  }

  /// The bias that belongs to weights drawn this way: PyTorch's is drawn too, every other starts at
  /// zero.
  func bias(_ count: Int, present: Bool, fanIn: Int, using key: inout RandomKey) -> Parameter? {
    guard present else { return nil }
    let initializer = self == .pytorch ? self : .zeros
    return Parameter(initializer([count], fanIn: fanIn, fanOut: count, using: &key))
  }
}
