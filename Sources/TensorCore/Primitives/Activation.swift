/// A function applied to each element between layers.
public enum Activation: Sendable, Hashable {
  /// x.
  case identity
  /// max(x, 0).
  case relu
  /// x where positive, `slope` * x elsewhere.
  case leakyReLU(slope: Double = 0.01)
  /// x where positive, `alpha` (e^x - 1) elsewhere.
  case elu(alpha: Double = 1)
  /// x times the standard normal distribution function of x.
  case gelu
  /// x * sigmoid(x).
  case silu
  /// The hyperbolic tangent.
  case tanh
  /// 1 / (1 + e^-x).
  case sigmoid
  /// log(1 + e^x).
  case softplus
}

extension Activation: CaseIterable {
  /// Each activation once, with its usual constant.
  public static var allCases: [Activation] {
    [.identity, .relu, .leakyReLU(), .elu(), .gelu, .silu, .tanh, .sigmoid, .softplus]
  }

  /// The name it goes by in configurations.
  public var name: String {
    switch self {
    case .identity: "identity"
    case .relu: "relu"
    case .leakyReLU: "leaky_relu"
    case .elu: "elu"
    case .gelu: "gelu"
    case .silu: "silu"
    case .tanh: "tanh"
    case .sigmoid: "sigmoid"
    case .softplus: "softplus"
    }
  }
}

extension Activation: Codable {
  /// Reads a name, with the constant in parentheses where it is not the usual one: `leaky_relu(0.2)`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let activation = Activation(text) else {
      let known = Activation.allCases.map(\.name).joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "no activation is called '\(text)'; there are \(known), leaky_relu(0.2) and elu(0.5)")
    }
    self = activation
  }

  /// Writes what ``init(from:)`` reads.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  private var text: String {
    if Activation.allCases.contains(self) { return name }
    switch self {
    case .leakyReLU(let constant), .elu(let constant): return "\(name)(\(constant))"
    default: return name
    }
  }

  private init?(_ text: String) {
    if let usual = Activation.allCases.first(where: { $0.name == text }) {
      self = usual
      return
    }
    let parts = text.split(separator: "(", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].last == ")", let constant = Double(parts[1].dropLast()),
      constant.isFinite
    else {
      return nil
    }
    switch parts[0] {
    case "leaky_relu": self = .leakyReLU(slope: constant)
    case "elu": self = .elu(alpha: constant)
    default: return nil
    }
  }
}

extension Variable {
  /// The activation of each element.
  public func activated(by activation: Activation) -> Variable {
    switch activation {
    case .identity: self
    case .relu: relu()
    case .leakyReLU(let slope): leakyReLU(slope: slope)
    case .elu(let alpha): elu(alpha: alpha)
    case .gelu: gelu()
    case .silu: silu()
    case .tanh: tanh()
    case .sigmoid: sigmoid()
    case .softplus: softplus()
    }
  }
}
