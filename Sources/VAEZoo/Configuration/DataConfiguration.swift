/// Where a run's data comes from, what it is and how it is read.
public struct DataConfiguration: Sendable, Equatable {
  /// The name of its domain.
  public let kind: String
  /// A path, or the name of a built-in set.
  public var path: String
  /// The most examples that each part of the data keeps, chosen at random; nil keeps all.
  public var limit: Int?
  /// The only classes that are trained on, by name or number; empty for all.
  public let classes: [String]
  /// The classes that are not trained on, such as anomalies that are to be found.
  public let leavesOut: [String]
  /// How the data is read, every option of the domain's ``Domain/Reading`` spelled out.
  public let reading: ConfigurationValue

  private static let ownKeys = ["kind", "path", "limit", "classes", "leaves_out"]

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
    classes = try Self.names(tree["classes"], at: "classes")
    leavesOut = try Self.names(tree["leaves_out"], at: "leaves_out")
    if let both = leavesOut.first(where: classes.contains) {
      throw ConfigurationError(
        "leaves out '\(both)', which data.classes chooses", at: ["data", "leaves_out"])
    }
    var options = tree
    for key in Self.ownKeys { options[key] = nil }
    reading = try Self.spelledOut(options, domain)
  }

  /// Names of classes, which may be written as numbers.
  private static func names(
    _ value: ConfigurationValue?, at key: String
  ) throws(ConfigurationError) -> [String] {
    switch value {
    case nil, .null: return []
    case .list(let items)?:
      return try items.map { item throws(ConfigurationError) in
        switch item {
        case .string(let name): return name
        case .int(let number): return "\(number)"
        default:
          throw ConfigurationError(
            .wrongType(expected: "names of classes", found: item.kind), at: ["data", key])
        }
      }
    case let other?:
      throw ConfigurationError(
        .wrongType(expected: "a list of classes, such as [0, 1]", found: other.kind),
        at: ["data", key])
    }
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
    func list(_ key: String, _ names: [String]) -> [ConfigurationValue.Entry] {
      names.isEmpty ? [] : [.init(key, .list(names.map { .string($0) }))]
    }
    return .mapping(
      own + list("classes", classes) + list("leaves_out", leavesOut) + reading.entries)
  }

  /// Whether examples of a class are trained on.
  func trains(on name: String) -> Bool {
    (classes.isEmpty || classes.contains(name)) && !leavesOut.contains(name)
  }

  /// The data with the chosen classes alone where it is trained on and validated.
  ///
  /// - Throws: ``ConfigurationError`` where a class is none of the data, or none is left.
  func chosen<Part>(
    _ splits: DatasetSplits<Part>
  ) throws(ConfigurationError) -> DatasetSplits<Part> {
    guard !classes.isEmpty || !leavesOut.isEmpty else { return splits }
    let key = classes.isEmpty ? "leaves_out" : "classes"
    let known = Set(splits.train.labelNames ?? []).union(splits.train.classNames ?? [])
    for name in classes + leavesOut where !known.contains(name) {
      throw ConfigurationError(
        unknown: "class", name, known: known.sorted(), allIn: "the labels of \(path)",
        at: ["data", key])
    }
    func chosen(_ part: Part) -> Part {
      guard let names = part.labelNames else { return part }
      return part.subset(names.indices.filter { trains(on: names[$0]) })
    }
    let train = chosen(splits.train)
    guard train.count > 0 else {
      throw ConfigurationError("leaves no example to train on", at: ["data", key])
    }
    return DatasetSplits(
      train: train, validation: splits.validation.map(chosen), test: splits.test)
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
