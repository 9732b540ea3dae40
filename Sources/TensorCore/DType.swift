internal import CTensorKernels

/// The format of a tensor's elements.
public enum DType: String, Sendable, Hashable, Codable, CaseIterable {
  /// IEEE single precision: what models train in.
  case float32
  /// IEEE double precision: what gradients are checked in.
  case float64
  /// Signed integers: tokens, labels, indices.
  case int32
  /// The upper half of a float32: storage for mixed precision.
  case bfloat16

  /// Bytes an element takes.
  public var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .float64: 8
    case .bfloat16: 2
    }
  }

  /// Whether arithmetic and gradients are defined.
  public var isFloatingPoint: Bool { self == .float32 || self == .float64 }

  var kernel: vae_dtype {
    switch self {
    case .float32: VAE_FLOAT32
    case .float64: VAE_FLOAT64
    case .int32, .bfloat16:
      preconditionFailure("arithmetic needs float32 or float64, not \(self)")
    }
  }

  var element: vae_element {
    switch self {
    case .float32: VAE_ELEMENT_FLOAT32
    case .float64: VAE_ELEMENT_FLOAT64
    case .int32: VAE_ELEMENT_INT32
    case .bfloat16: VAE_ELEMENT_BFLOAT16
    }
  }
}
