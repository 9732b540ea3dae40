internal import SystemFiles

/// What data looks like from its name, for choosing how to read it where nobody says.
public enum DataKind: Sendable, Hashable, CaseIterable {
  /// Images, or rows of numbers.
  case images
  /// Text.
  case text
  /// Biological sequences in FASTA.
  case fasta
  /// Molecules as SMILES.
  case smiles
  /// Sound.
  case sound
  /// Recorded series.
  case series

  /// The kind of what stands at a path, or of a built-in set; images where nothing tells.
  ///
  /// Of a table the first rows tell; numbers that are no series count as images, which are rows of numbers
  /// too, and so do arrays. A folder is what the first file in it with a telling name is, else what the
  /// files in it and in its subfolders hold.
  public init(guessedFrom path: String) {
    if let builtIn = Self.builtIn[path] {
      self = builtIn
      return
    }
    var named = Self.named(path)
    if case .folder = PathKind(path), let names = try? Folder.names(in: path) {
      // What most files are; a text beside images describes them.
      let possible = Self.possible(at: path)
      named = possible.count == 1 ? possible.first : names.lazy.compactMap(Self.named).first
    }
    self = Self.ofTable(path, named: named) ?? named ?? .images
  }

  /// The kind of a table, which its first rows tell; nil of what is no table, or one of molecules and
  /// the like by its name.
  private static func ofTable(_ path: String, named: DataKind?) -> DataKind? {
    guard named == nil || named == .text, !isJSON(path), let table = try? TableKind(path) else {
      return nil
    }
    switch table {
    case .text: return .text
    case .steps: return .series
    case .series(let length, _):
      // Rows of a square's length may be images.
      let side = Int(Double(length).squareRoot().rounded())
      return side * side == length ? .images : .series
    case .numbers: return .images
    }
  }

  private static func isJSON(_ path: String) -> Bool {
    splitPath(path).name.split(separator: ".").contains { $0.lowercased().contains("json") }
  }

  static let builtIn: [String: DataKind] = ["sentences": .text, "waves": .series]

  /// The kind that the ending of a name tells.
  static func named(_ name: String) -> DataKind? {
    var parts = splitPath(name).name.split(separator: ".")
    if parts.last == "gz" { parts.removeLast() }
    guard parts.count > 1, let ending = parts.last else { return nil }
    return switch ending.lowercased() {
    case "txt", "text", "json", "jsonl", "ndjson": .text
    case let ending where FASTA.endings.contains(ending): .fasta
    case "smi", "smiles": .smiles
    case "wav", "wave": .sound
    case "hea": .series
    default: nil
    }
  }
}
