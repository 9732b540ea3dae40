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
  /// A folder is what the first file in it with a telling name is, else what the files in it and in its
  /// subfolders hold. Tables and arrays count as images, which are rows of numbers too.
  public init(guessedFrom path: String) {
    if let builtIn = Self.builtIn[path] {
      self = builtIn
    } else if case .folder = PathKind(path), let names = try? Folder.names(in: path) {
      let possible = Self.possible(at: path)
      self =
        names.lazy.compactMap(Self.named).first
        ?? (possible.count == 1 ? possible.first : nil) ?? .images
    } else {
      self = Self.named(path) ?? .images
    }
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
