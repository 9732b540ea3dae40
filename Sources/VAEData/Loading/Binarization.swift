/// How grey values become zeros and ones.
///
/// Written `none`, `threshold` (at 0.5), `threshold:0.3`, `sampled-once` or `dynamic`.
public enum Binarization: Sendable, Hashable {
  /// Not at all.
  case none
  /// Values above the threshold become 1, the others 0.
  case threshold(Float)
  /// Each value is the probability of a 1, drawn once: an example is the same in every epoch.
  ///
  /// - Source: Salakhutdinov and Murray, "On the quantitative analysis of deep belief networks", ICML 2008.
  case sampledOnce
  /// Each value is the probability of a 1, drawn anew each epoch.
  ///
  /// - Source: Burda, Grosse and Salakhutdinov, arXiv:1509.00519, section 5.
  case dynamic
}

extension Binarization: LosslessStringConvertible, Codable {
  /// Reads what ``description`` writes; nil for anything else.
  public init?(_ description: String) {
    let parts = description.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts[0], parts.count) {
    case ("none", 1): self = .none
    case ("threshold", 1): self = .threshold(0.5)
    case ("threshold", 2):
      guard let value = Float(parts[1]), value.isFinite else { return nil }
      self = .threshold(value)
    case ("sampled-once", 1): self = .sampledOnce
    case ("dynamic", 1): self = .dynamic
    default: return nil
    }
  }

  /// The way as a configuration writes it.
  public var description: String {
    switch self {
    case .none: "none"
    case .threshold(let value): "threshold:\(value)"
    case .sampledOnce: "sampled-once"
    case .dynamic: "dynamic"
    }
  }

  /// Reads a string.
  ///
  /// - Throws: `DecodingError` that names the known ways.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Self(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "\"\(text)\" is no way to binarize; write none, threshold, threshold:0.3, sampled-once "
          + "or dynamic")
    }
    self = value
  }

  /// Writes a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
