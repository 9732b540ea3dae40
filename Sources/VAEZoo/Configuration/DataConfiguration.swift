/// Where a run's data comes from, what it is and how it is read.
public struct DataConfiguration: Sendable, Equatable {
  /// The name of its domain.
  public let kind: String
  /// A path, or the name of a built-in set.
  public var path: String
  /// The most examples that each part of the data keeps, chosen at random; nil keeps all.
  public var limit: Int?
  /// How the data is read, every option of the domain's ``Domain/Reading`` spelled out.
  public let reading: ConfigurationValue

  private static let ownKeys = ["kind", "path", "limit"]

  /// Reads what stands under `data`; its `kind` says what its other keys are.
  init(_ tree: ConfigurationValue, in registry: Registry) throws(ConfigurationError) {
    guard case .mapping = tree else {
      throw ConfigurationError(.wrongType(expected: "a mapping", found: tree.kind), at: ["data"])
    }
    kind = tree["kind"]?.text ?? registry.domains.first?.name ?? ""
    let domain = try registry.domain(kind)
    switch tree["path"] {
    case nil: path = domain.builtIn.first?.name ?? ""
    case .string(let text): path = text
    case .int(let number): path = "\(number)"
    case let other?:
      throw ConfigurationError(
        .wrongType(expected: "a path", found: other.kind), at: ["data", "path"])
    }
    switch tree["limit"] {
    case nil, .null: break
    case .int(let count) where count > 0: limit = count
    case let other?:
      throw ConfigurationError(
        "takes a count above 0, found \(other.json)", at: ["data", "limit"])
    }
    var options = tree
    for key in Self.ownKeys { options[key] = nil }
    reading = try Self.spelledOut(options, domain)
  }

  private static func spelledOut<D: Domain>(
    _ options: ConfigurationValue, _ domain: D.Type
  ) throws(ConfigurationError) -> ConfigurationValue {
    let reading: D.Reading = try options.options(at: ["data"], beside: ownKeys)
    return ConfigurationValue(encoding: reading)
  }

  /// What captions call the data: the last part of its path.
  public var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The whole as a tree, its kind first.
  var tree: ConfigurationValue {
    let own: [ConfigurationValue.Entry] = [
      .init("kind", .string(kind)), .init("path", .string(path)),
      .init("limit", limit.map { .int($0) } ?? .null),
    ]
    return .mapping(own + reading.entries)
  }

  /// At most ``limit`` examples of each part.
  func limited<Part>(_ splits: DatasetSplits<Part>) -> DatasetSplits<Part> {
    guard let limit else { return splits }
    return DatasetSplits(
      train: splits.train.sampled(limit, seed: 0),
      validation: splits.validation?.sampled(limit, seed: 0),
      test: splits.test?.sampled(limit, seed: 0))
  }
}
