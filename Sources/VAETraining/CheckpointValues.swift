/// The texts of a checkpoint as what they stand for.
struct CheckpointValues {
  private let texts: [String: String]
  private let path: String
  private let prefix: String

  init(_ texts: [String: String], _ path: String, prefix: String = "") {
    self.texts = texts
    self.path = path
    self.prefix = prefix
  }

  /// Those whose names begin with `prefix`, by the rest of their names.
  func behind(_ prefix: String) -> CheckpointValues {
    CheckpointValues(texts, path, prefix: prefix)
  }

  private func text(_ name: String) throws(CheckpointError) -> String {
    guard let text = texts[prefix + name] else {
      throw CheckpointError(
        .damaged, path,
        "it says nothing of \"\(prefix)\(name)\", so it is no checkpoint of a training run")
    }
    return text
  }

  func expectVersion(_ version: String) throws(CheckpointError) {
    let then = try text("version")
    guard then == version else {
      throw CheckpointError(
        .mismatched, path,
        "it was written in version \(then) of the format, and this library reads version "
          + "\(version); end the run with the library that began it, or begin it anew")
    }
  }

  func expect(_ name: String, _ now: String, _ meaning: String) throws(CheckpointError) {
    let then = try text(name)
    guard then == now else {
      throw CheckpointError(
        .mismatched, path,
        "\(meaning) was \(then) and is now \(now); resume with what the run began with")
    }
  }

  func number<N: LosslessStringConvertible>(_ name: String) throws(CheckpointError) -> N {
    try parse(try text(name), name)
  }

  func optionalNumber<N: LosslessStringConvertible>(
    _ name: String
  ) throws(CheckpointError) -> N? {
    guard let text = texts[prefix + name] else { return nil }
    return try parse(text, name)
  }

  func list<N: LosslessStringConvertible>(_ name: String) throws(CheckpointError) -> [N] {
    try text(name).split(separator: ",").map { item throws(CheckpointError) in
      try parse(String(item), name)
    }
  }

  private func parse<N: LosslessStringConvertible>(
    _ text: String, _ name: String
  ) throws(CheckpointError) -> N {
    guard let number = N(text) else {
      throw CheckpointError(
        .damaged, path, "its \"\(prefix)\(name)\" is \(text), which is no number")
    }
    return number
  }
}
