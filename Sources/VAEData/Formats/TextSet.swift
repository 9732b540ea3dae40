internal import TensorCore

/// Data sets of numbers in text, a row an example: CSV, and the AMAT files of binarized MNIST.
enum TextSet {
  /// Whether a file's name is that of such a table, gzipped or not.
  static func matches(_ name: String) -> Bool {
    [".amat", ".csv", ".tsv"].contains { ending in
      name.lowercased().hasSuffix(ending) || name.lowercased().hasSuffix(ending + ".gz")
    }
  }

  /// Whether a file that begins so may be text; what is in UTF-16 is named as that when it is read.
  static func matches(_ prefix: [UInt8]) -> Bool {
    if prefix.starts(with: [0xFF, 0xFE]) || prefix.starts(with: [0xFE, 0xFF]) { return true }
    return !prefix.isEmpty && prefix.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
  }

  static func file(_ path: String, _ options: DataOptions) throws(DataError) -> DatasetSplits<
    ImageDataset
  > {
    DatasetSplits(train: try ImageTable(path, options).dataset())
  }

  /// The parts of a folder by their names: `binarized_mnist_train.amat` and the like.
  static func folder(
    _ path: String, _ names: [String], _ options: DataOptions
  ) throws(DataError) -> DatasetSplits<ImageDataset> {
    let parts = try parts(of: path, names)
    func table(_ path: String) throws(DataError) -> ImageDataset {
      try ImageTable(path, options).dataset()
    }
    let train = try table(parts.train)
    let splits = DatasetSplits(
      train: train, validation: try parts.validation.map(table), test: try parts.test.map(table))
    for case let other? in [splits.validation, splits.test]
    where other.imageShape != train.imageShape {
      throw DataError(
        .bad, path,
        "the rows of \(train.name) have \(train.imageShape.count) numbers, but those of "
          + "\(other.name) \(other.imageShape.count); check that they belong together.")
    }
    return splits
  }

  /// The tables of a folder that are its parts, by their names; a lone one is what is trained on.
  static func parts(
    of path: String, _ names: [String], where matches: (String) -> Bool = Self.matches
  ) throws(DataError) -> (train: String, validation: String?, test: String?) {
    let names = names.filter(matches)
    func find(_ words: [String]) throws(DataError) -> String? {
      let found = names.filter { name in words.contains { Self.holds(name, word: $0) } }
      guard found.count <= 1 else {
        throw DataError(
          .bad, path,
          "holds several files for one part (\(found.joined(separator: ", "))); "
            + "name one of the files.")
      }
      return found.first.map { "\(path)/\($0)" }
    }
    if names.count == 1 { return ("\(path)/\(names[0])", nil, nil) }
    guard let train = try find(["train", "training"]) else {
      throw DataError(
        .bad, path,
        "holds several files (\(names.joined(separator: ", "))), and none is called train; "
          + "name one of the files.")
    }
    return (
      train, try find(["val", "valid", "validation", "dev"]), try find(["test", "testing"])
    )
  }

  /// Whether a word is one of those that a name is made of, as `train` is of `dataTrain_2.csv`.
  private static func holds(_ name: String, word: String) -> Bool {
    var words: [String] = []
    var last: Character = " "
    for character in name {
      if character.isLetter, last.isLetter, !(character.isUppercase && last.isLowercase) {
        words[words.count - 1].append(character)
      } else if character.isLetter {
        words.append(String(character))
      }
      last = character
    }
    return words.contains { [word, word + "set", word + "data"].contains($0.lowercased()) }
  }
}
