public import TensorCore

/// How a layer's first weights are drawn, and with them its biases.
///
/// Biases start at zero, but for those of ``pytorch`` and ``kaimingUniform``.
public enum Initializer: Sendable, Hashable {
  /// Zeros.
  case zeros
  /// Ones.
  case ones
  /// Uniform in ±1/√fan-in, biases too: what PyTorch's linear and convolution layers start from.
  case pytorch
  /// Uniform in ±√(6 / fan-in), with biases uniform in ±1/√fan-in.
  ///
  /// PyTorch's layers start so where `kaiming_uniform_` draws their weights anew and their biases
  /// stay.
  case kaimingUniform
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
  /// Normal with variance 1 / fan-in; that of JAX has the same variance and ends at two deviations.
  ///
  /// - Source: LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.
  case lecunNormal
  /// Orthonormal rows, or columns where there are more rows; later axes count as one.
  ///
  /// - Source: Saxe, McClelland and Ganguli, arXiv:1312.6120.
  case orthogonal
  /// Normal with the given standard deviation.
  case normal(deviation: Double = 0.02)

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
    case .heUniform, .kaimingUniform: uniform((6 / fanIn).squareRoot())
    case .heNormal: normal(2 / fanIn)
    case .lecunNormal: normal(1 / fanIn)
    case .orthogonal: Initializer.orthogonal(shape, using: &key)
    case .normal(let deviation): normal(deviation * deviation)
    }
  }

  /// The bias that belongs to weights drawn this way.
  func bias(_ count: Int, fanIn: Int, using key: inout RandomKey) -> Parameter {
    let initializer =
      switch self {
      case .pytorch, .kaimingUniform: Initializer.pytorch
      default: Initializer.zeros
      }
    return Parameter(initializer([count], fanIn: fanIn, fanOut: count, using: &key))
  }

  /// The rows of a normal matrix, each without what it shares with those before it: L⁻¹ A, where
  /// L Lᵀ = A Aᵀ.
  private static func orthogonal(_ shape: Shape, using key: inout RandomKey) -> Tensor {
    let rows = shape.dimensions.first ?? 1, columns = shape.count / max(rows, 1)
    let isTall = rows > columns
    let a = Variable(
      key.normal([min(rows, columns), max(rows, columns)], dtype: .float64))
    let q = a.matmul(a.matrixTransposed()).cholesky().solvingTriangle(a)
    return (isTall ? q.matrixTransposed() : q).value.reshaped(to: shape).converted(to: .float32)
  }
}

extension Initializer: CaseIterable {
  /// Each initializer once, with its usual constant.
  public static var allCases: [Initializer] {
    [
      .pytorch, .kaimingUniform, .heUniform, .heNormal, .glorotUniform, .glorotNormal,
      .lecunNormal, .orthogonal, .normal(), .zeros, .ones,
    ]
  }

  /// The name it goes by in configurations.
  public var name: String {
    switch self {
    case .zeros: "zeros"
    case .ones: "ones"
    case .pytorch: "pytorch"
    case .kaimingUniform: "kaiming_uniform"
    case .glorotUniform: "glorot_uniform"
    case .glorotNormal: "glorot_normal"
    case .heUniform: "he_uniform"
    case .heNormal: "he_normal"
    case .lecunNormal: "lecun_normal"
    case .orthogonal: "orthogonal"
    case .normal: "normal"
    }
  }
}

extension Initializer: Codable {
  /// Reads a name, with the deviation in parentheses where it is not the usual one: `normal(0.05)`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let initializer = Initializer(text) else {
      let known = Initializer.allCases.map(\.name).joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "no initializer is called '\(text)'; there are \(known) and normal(0.05)")
    }
    self = initializer
  }

  /// Writes what ``init(from:)`` reads.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  private var text: String {
    guard case .normal(let deviation) = self, self != .normal() else { return name }
    return "\(name)(\(deviation))"
  }

  private init?(_ text: String) {
    if let usual = Initializer.allCases.first(where: { $0.name == text }) {
      self = usual
      return
    }
    guard text.hasPrefix("normal("), text.hasSuffix(")"),
      let deviation = Double(text.dropFirst(7).dropLast()), deviation.isFinite, deviation >= 0
    else {
      return nil
    }
    self = .normal(deviation: deviation)
  }
}
