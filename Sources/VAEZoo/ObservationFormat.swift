/// What the observations of a run are like, once its data has been opened.
public enum ObservationFormat: Sendable, Equatable {
  /// Images `[height, width, channels]`; written as that list.
  case image(Shape)
  /// Strings of tokens; written `{vocabulary: 5000, longest: 32}`.
  case tokens(vocabulary: Int, longest: Int)
  /// Sequences of frames; written `{features: 40, longest: 98, scaling: ...}`.
  case frames(features: Int, longest: Int, scaling: FrameScaling?)

  /// The shape of an image; nil for sequences.
  public var imageShape: Shape? {
    if case .image(let shape) = self { shape } else { nil }
  }

  /// What one step of a sequence is; nil for images.
  public var sequenceFormat: SequenceFormat? {
    switch self {
    case .image: nil
    case .tokens(let vocabulary, _): .tokens(vocabularySize: vocabulary)
    case .frames(let features, _, _): .frames(featureCount: features)
    }
  }

  /// Steps of the longest training sequence, an end token counted; nil for images.
  public var longest: Int? {
    switch self {
    case .image: nil
    case .tokens(_, let longest), .frames(_, let longest, _): longest
    }
  }

  /// Whether the sizes are those of data that can exist.
  var isSound: Bool {
    switch self {
    case .image(let shape):
      shape.rank == 3 && shape.dimensions.allSatisfy { (1...ImageSize.limit).contains($0) }
    case .tokens(let vocabulary, let longest):
      (SpecialToken.count...(1 << 24)).contains(vocabulary) && (1...(1 << 24)).contains(longest)
    case .frames(let features, let longest, let scaling):
      (1...(1 << 20)).contains(features) && (1...(1 << 24)).contains(longest)
        && scaling.map { $0.means.count == features && $0.deviations.count == features } ?? true
    }
  }
}

extension ObservationFormat: Codable {
  private enum CodingKeys: CodingKey {
    case vocabulary, features, longest, scaling
  }

  /// Reads a list, or a mapping with `vocabulary` or `features`.
  public init(from decoder: any Swift.Decoder) throws {
    let value = try ConfigurationValue(from: decoder)
    guard case .mapping = value else {
      self = .image(try Shape(from: decoder))
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let longest = try container.decode(Int.self, forKey: .longest)
    if let vocabulary = try container.decodeIfPresent(Int.self, forKey: .vocabulary) {
      self = .tokens(vocabulary: vocabulary, longest: longest)
    } else {
      self = .frames(
        features: try container.decode(Int.self, forKey: .features), longest: longest,
        scaling: try container.decodeIfPresent(FrameScaling.self, forKey: .scaling))
    }
  }

  /// Writes a list, or a mapping.
  public func encode(to encoder: any Swift.Encoder) throws {
    if case .image(let shape) = self { return try shape.encode(to: encoder) }
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .image: break
    case .tokens(let vocabulary, let longest):
      try container.encode(vocabulary, forKey: .vocabulary)
      try container.encode(longest, forKey: .longest)
    case .frames(let features, let longest, let scaling):
      try container.encode(features, forKey: .features)
      try container.encode(longest, forKey: .longest)
      try container.encodeIfPresent(scaling, forKey: .scaling)
    }
  }
}
