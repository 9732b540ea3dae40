extension ConfigurationValue {
  /// Reads `key=value`, with a dotted key and a YAML value, such as `encoder.hidden=[400]`.
  public init(assignment: String) throws(ConfigurationError) {
    guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
      throw ConfigurationError(
        "write key=value, such as encoder.hidden=[400], instead of '\(assignment)'", at: [])
    }
    let path = assignment[..<equals].split(separator: ".", omittingEmptySubsequences: false)
      .map(String.init)
    guard !path.contains("") else {
      throw ConfigurationError("'\(assignment[..<equals])' is no dotted key", at: [])
    }
    let text = assignment[assignment.index(after: equals)...]
    var value = try ConfigurationValue(yaml: "value: \(text)")["value"] ?? .null
    if value == .null, !["", "null", "~"].contains(text) { value = .string(String(text)) }
    var tree = ConfigurationValue.mapping([])
    tree[path] = value
    self = tree
  }

  /// Reads several `key=value`, of which later ones lie over earlier ones; of data a word alone is its
  /// path.
  public init(assignments: [String]) throws(ConfigurationError) {
    var tree = ConfigurationValue.mapping([])
    for assignment in assignments {
      tree = tree.overlaid(with: try ConfigurationValue(assignment: assignment).withDataSpelledOut)
    }
    self = tree
  }

  /// This tree of a run, `data: digits` written as `data: {path: digits}`.
  var withDataSpelledOut: ConfigurationValue {
    guard case .mapping = self, case .string(let path) = self["data"] else { return self }
    var tree = self
    tree["data"] = ["path": .string(path)]
    return tree
  }
}
