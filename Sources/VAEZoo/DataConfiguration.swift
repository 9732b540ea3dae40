/// Where a run's data comes from, what it is and how it is read.
public struct DataConfiguration: Sendable, Equatable {
  /// What the data is; written as `kind`.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Images, or other rows of numbers of one length.
    case images
    /// Text, molecules and other strings of tokens.
    case text
    /// Series and sound: sequences of frames of numbers.
    case signals
  }

  /// How data of each kind is read; written beside the path.
  public enum Reading: Sendable, Equatable {
    /// How images are read.
    case images(ImageReading)
    /// How text is read and divided into tokens.
    case text(TextOptions)
    /// How series and sounds are read and divided into frames.
    case signals(SignalOptions)
  }

  /// A path, or the name of a built-in set.
  public var path: String
  /// The most examples that each part of the data keeps, chosen at random; null keeps all.
  public var limit: Int?
  /// How the data is read.
  public var reading: Reading

  /// The built-in set of a kind.
  public init(_ kind: Kind) {
    switch kind {
    case .images: (path, reading) = ("digits", .images(ImageReading()))
    case .text: (path, reading) = ("sentences", .text(TextOptions()))
    case .signals: (path, reading) = ("waves", .signals(SignalOptions()))
    }
  }

  /// What the data is.
  public var kind: Kind {
    switch reading {
    case .images: .images
    case .text: .text
    case .signals: .signals
    }
  }

  /// What captions call the data: the last part of its path.
  public var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// At most ``limit`` examples of each part.
  func limited<Part>(_ splits: DatasetSplits<Part>) -> DatasetSplits<Part> {
    guard let limit else { return splits }
    return DatasetSplits(
      train: splits.train.sampled(limit, seed: 0),
      validation: splits.validation?.sampled(limit, seed: 0),
      test: splits.test?.sampled(limit, seed: 0))
  }
}

extension DataConfiguration: Codable {
  private static let ownKeys = ["kind", "path", "limit"]

  /// Reads a mapping whose `kind` says what its other keys are.
  public init(from decoder: any Swift.Decoder) throws {
    var value = try ConfigurationValue(from: decoder)
    let place = decoder.codingPath.map(\.stringValue)
    let name = value["kind"]?.text ?? Kind.images.rawValue
    guard let kind = Kind(rawValue: name) else {
      throw ConfigurationError.unknownName(
        "kind of data", name, known: Kind.allCases.map(\.rawValue), at: place + ["kind"])
    }
    self.init(kind)
    switch value["path"] {
    case nil: break
    case .string(let text): path = text
    case .int(let number): path = "\(number)"
    case let other?:
      throw ConfigurationError(
        .wrongType(expected: "a path", found: other.kind), at: place + ["path"])
    }
    switch value["limit"] {
    case nil, .null: break
    case .int(let count) where count > 0: limit = count
    case let other?:
      throw ConfigurationError(
        "takes a count above 0, found \(other.json)", at: place + ["limit"])
    }
    for key in Self.ownKeys { value[key] = nil }
    switch kind {
    case .images: reading = .images(try value.decoded(over: ImageReading(), at: place))
    case .text: reading = .text(try value.decoded(over: TextOptions(), at: place))
    case .signals: reading = .signals(try value.decoded(over: SignalOptions(), at: place))
    }
  }

  /// Writes a mapping, its kind first.
  public func encode(to encoder: any Swift.Encoder) throws {
    let options =
      switch reading {
      case .images(let reading): ConfigurationValue(encoding: reading)
      case .text(let options): ConfigurationValue(encoding: options)
      case .signals(let options): ConfigurationValue(encoding: options)
      }
    let own: [ConfigurationValue.Entry] = [
      .init("kind", .string(kind.rawValue)), .init("path", .string(path)),
      .init("limit", limit.map { .int($0) } ?? .null),
    ]
    try ConfigurationValue.mapping(own + options.entries).encode(to: encoder)
  }
}
