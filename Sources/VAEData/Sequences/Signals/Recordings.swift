internal import SystemFiles

/// Recordings in WAV files: one, or those of a folder.
///
/// Subfolders called `train`, `test` and `validation` are parts. Several other subfolders are classes;
/// without them the class is what stands before the first underscore of a file's name. Recordings have
/// labels where all have a class and there are several.
struct Recordings {
  let path: String
  /// The data, as it was named, which may hold nothing but the folder.
  let root: String
  let options: SignalOptions

  func file() throws(DataError) -> DatasetSplits<SequenceDataset> {
    let source = try RecordingSource([path], of: path, in: root, options)
    return DatasetSplits(train: SequenceDataset(source, count: 1, name: path))
  }

  /// The recordings of a folder; nil where there are none.
  func folder() throws(DataError) -> DatasetSplits<SequenceDataset>? {
    let endings = [".wav", ".wave"]
    let (folders, notes) = try ClassFolders.parts(of: path, endings: endings)
    var lists: [(part: ClassFolders.Part, files: [ClassFolders.File])] = []
    for part in ClassFolders.Part.allCases {
      guard let folder = folders[part] else { continue }
      let files = try ClassFolders.files(in: folder, endings: endings)
      if !files.isEmpty { lists.append((part, files)) }
    }
    guard lists.first?.part == .train else { return nil }
    let source = try RecordingSource(
      lists.flatMap { $0.files.map(\.path) }, of: path, in: root, options)
    let kept = Set(source.files.paths)
    for place in lists.indices { lists[place].files.removeAll { !kept.contains($0.path) } }
    lists.removeAll(where: \.files.isEmpty)
    guard lists.first?.part == .train else {
      throw DataError(
        .bad, path, "holds no recording to train on that can be read; check the files.")
    }
    let files = lists.flatMap(\.files)
    let classes = Self.classes(of: files)
    let names = Set(classes ?? []).sorted()
    let places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    let all = SequenceDataset(
      source, count: files.count, name: path,
      labels: classes.map { $0.map { Int32(places[$0] ?? 0) } },
      classNames: classes == nil ? nil : names, skipped: source.skipped, notes: notes)
    var parts: [ClassFolders.Part: SequenceDataset] = [:]
    var start = 0
    for (part, files) in lists {
      parts[part] = all.subset(Array(start..<(start + files.count)))
      start += files.count
    }
    return parts[.train].map {
      DatasetSplits(train: $0, validation: parts[.validation], test: parts[.test])
    }
  }

  private static func classes(of files: [ClassFolders.File]) -> [String]? {
    func several(_ names: [String?]) -> [String]? {
      let known = names.compactMap(\.self)
      return known.count == names.count && Set(known).count > 1 ? known : nil
    }
    return several(files.map(\.className))
      ?? several(
        files.map { file in
          let name = splitPath(file.path).name
          let end = name.firstIndex(of: "_")
          return end.flatMap { $0 == name.startIndex ? nil : String(name[..<$0]) }
        })
  }
}

/// Recordings that are read, resampled and divided into frames when they are asked for.
struct RecordingSource: FrameSource {
  private struct Entry: Sendable {
    let sampleRate: Int
    let frameCount: Int
  }

  /// The recordings, one an example.
  let files: ExampleFiles
  private let entries: [Entry]
  /// By the rate that they resample from.
  private let resamplers: [Int: Resampler]
  private let frames: SoundFrames
  let origin: FrameOrigin
  /// A sentence for each file that was passed over.
  let skipped: [String]

  /// Reads the headers of some files; those that cannot be read are passed over where the options say so.
  init(
    _ files: [String], of path: String, in root: String, _ options: SignalOptions
  ) throws(DataError) {
    try options.requireNoWindow(path)
    var headers: [(path: String, rate: Int, count: Int)] = []
    var skipped: [String] = []
    for file in files {
      do throws(DataError) {
        let header = try WAVFile(file)
        headers.append((file, header.sampleRate, header.sampleCount))
      } catch {
        guard options.skipBad else { throw error }
        skipped.append(error.description)
      }
    }
    self.skipped = skipped
    let rates = Set(headers.map(\.rate)).sorted()
    guard let rate = options.sampleRate ?? rates.first else {
      let why = skipped.first.map { " that can be read. The first: \($0)" }
      throw DataError(.bad, path, "holds no recordings\(why ?? "; check the path.")")
    }
    guard options.sampleRate != nil || rates.count == 1 else {
      throw DataError(
        .usage, path,
        "its recordings have different rates (\(rates.map(String.init).joined(separator: ", ")) "
          + "samples a second); give one to resample to.")
    }
    var resamplers: [Int: Resampler] = [:]
    for other in rates where other != rate {
      guard let resampler = Resampler(from: other, to: rate) else {
        throw DataError(
          .usage, path,
          "cannot be resampled from \(other) to \(rate) samples a second: the two have no small "
            + "common period; choose another rate.")
      }
      resamplers[other] = resampler
    }
    let frames = try SoundFrames(options, sampleRate: rate, path: path)
    entries = headers.map { header in
      Entry(
        sampleRate: header.rate,
        frameCount: frames.count(resamplers[header.rate]?.count(header.count) ?? header.count))
    }
    self.files = ExampleFiles(folder: root, paths: headers.map(\.path))
    self.resamplers = resamplers
    self.frames = frames
    origin = FrameOrigin(sampleRate: rate)
  }

  var featureCount: Int { frames.featureCount }

  func fileName(of example: Int) -> String? { files.name(of: example) }

  func length(of example: Int) -> Int { entries[example].frameCount }

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) throws(DataError) {
    let (entry, path) = (entries[example], files.paths[example])
    let file = try WAVFile(path)
    let recorded = try file.samples()
    let samples = resamplers[entry.sampleRate]?.resampled(recorded) ?? recorded
    guard file.sampleRate == entry.sampleRate, frames.count(samples.count) == entry.frameCount
    else { throw DataError(.bad, path, "changed while it was used; open it again.") }
    frames.write(samples, into: out)
  }
}
