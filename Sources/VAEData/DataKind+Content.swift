internal import ImageOutput
internal import SystemFiles

extension DataKind {
  /// The kinds that data may be of by its content, not its name; none where the content does not tell, as in
  /// tables of numbers.
  ///
  /// A folder is what most of the first files in it are.
  public static func possible(at path: String) -> Set<DataKind> {
    if BuiltIn(rawValue: path) != nil { return [.images] }
    if let builtIn = builtIn[path] { return [builtIn] }
    if case .folder = PathKind(path) {
      var votes: [Set<DataKind>: Int] = [:]
      for file in firstFiles(in: path, count: 20, depth: 3) {
        let kinds = possible(of: file)
        if !kinds.isEmpty { votes[kinds, default: 0] += 1 }
      }
      let most = votes.values.max()
      let winners = votes.filter { $0.value == most }
      return winners.count == 1 ? winners.first?.key ?? [] : []
    }
    return possible(of: path)
  }

  private static func firstFiles(in path: String, count: Int, depth: Int) -> [String] {
    var (files, folders): ([String], [String]) = ([], [])
    for name in (try? Folder.names(in: path)) ?? [] where files.count < count {
      let entry = "\(path)/\(name)"
      switch PathKind(entry) {
      case .file: files.append(entry)
      case .folder: folders.append(entry)
      case .missing, .other: break
      }
    }
    for folder in folders where files.count < count && depth > 1 {
      files += firstFiles(in: folder, count: count - files.count, depth: depth - 1)
    }
    return files
  }

  private static func possible(of file: String) -> Set<DataKind> {
    guard case .file = PathKind(file),
      let (prefix, _) = try? DataFile.unpackedPrefix(of: file, count: 512)
    else { return [] }
    if WAVFile.matches(prefix) { return [.sound] }
    if ImageFormat(prefix) != nil || IDX.matches(prefix) { return [.images] }
    if prefix.starts(with: NPYArray.magic) || prefix.starts(with: ZipArchive.magic) {
      return [.images, .series]
    }
    if file.hasSuffix(WFDBRecords.ending) { return [.series] }
    guard TextSet.matches(prefix), !TextSet.matches(file) else { return [] }
    switch named(file) {
    case .fasta: return [.fasta]
    case .smiles: return [.smiles]
    default:
      // A file of numbers may have a header, but is not most of it.
      let letters = prefix.count { $0 >= 0x80 || (0x41...0x5A).contains($0 & 0xDF) }
      return letters * 2 > prefix.count ? [prefix.first == UInt8(ascii: ">") ? .fasta : .text] : []
    }
  }
}
