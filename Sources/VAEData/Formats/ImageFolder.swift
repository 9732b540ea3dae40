internal import ImageOutput
internal import SystemFiles
internal import TensorCore

/// Folders of PNG and JPEG files, whose first-level subfolders are classes.
///
/// Subfolders called `train`, `test` and `validation` (or `training`, `testing`, `val`, `valid`) are parts
/// instead, each such a folder. Images have labels when all of them lie in class folders, and these are
/// several.
enum ImageFolder {
  /// The parts of a folder; `root` is what was named, which may hold nothing but that folder.
  static func splits(
    _ path: String, in root: String, _ options: DataOptions
  ) throws(DataError) -> DatasetSplits<ImageDataset> {
    let (parts, notes) = try ClassFolders.parts(of: path, endings: endings)
    var files: [ClassFolders.Part: [ClassFolders.File]] = [:]
    for (part, folder) in parts {
      files[part] = try ClassFolders.files(in: folder, endings: endings)
    }
    guard let train = files[.train], !train.isEmpty else {
      throw nothing(in: parts[.train] ?? path)
    }
    for (part, folder) in parts where files[part]?.isEmpty == true { throw nothing(in: folder) }

    // One shape and one list of classes for every part.
    let all = ClassFolders.Part.allCases.flatMap { files[$0] ?? [] }
    var survey = ImageSurvey(all.map(\.path), skipsBadFiles: options.skipsBadFiles)
    let shape = try survey.shape(of: path, options)
    var names = Set(all.compactMap(\.className)).sorted()
    var own = notes
    let outside = all.count { $0.className == nil }
    if outside > 0, !names.isEmpty {
      own.append(
        "\(path): has no labels: \(outside) of its images lie outside the folders of classes.")
    }
    // One class tells nothing apart.
    if outside > 0 || names.count == 1 { names = [] }
    func dataset(_ part: ClassFolders.Part) throws(DataError) -> ImageDataset? {
      guard let folder = parts[part], let files = files[part] else { return nil }
      return try ImageFolderReader(
        path: folder, root: root, files: files, shape: shape, classNames: names, notes: own,
        options: options
      ).dataset(&survey)
    }
    guard let first = try dataset(.train) else { throw nothing(in: path) }
    return DatasetSplits(
      train: first, validation: try dataset(.validation), test: try dataset(.test))
  }

  /// The data set of one image.
  static func file(_ path: String, _ options: DataOptions) throws(DataError) -> ImageDataset {
    var survey = ImageSurvey([path], skipsBadFiles: false)
    return try ImageFolderReader(
      path: path, root: path, files: [ClassFolders.File(path: path, className: nil)],
      shape: survey.shape(of: path, options), classNames: [], notes: [], options: options
    ).dataset(&survey)
  }

  private static func nothing(in path: String) -> DataError {
    DataError(
      .bad, path,
      "holds no data: PNG and JPEG images are looked for, in it and in its subfolders, or IDX, NPY or "
        + "AMAT files in it; check the path.")
  }

  /// What ends the name of an image file; those of formats that are not read are not overlooked.
  private static let endings = ImageFormat.allCases.flatMap(\.endings)
}

/// What the headers of image files say, before any pixel is read.
struct ImageSurvey {
  /// How many images have each size, and whether one is in colour.
  private var sizes: [ImageSize: Int] = [:]
  private var hasColor = false
  /// What is wrong with the files that cannot be read, by path.
  private(set) var failures: [String: String] = [:]
  private let count: Int
  private let skipsBadFiles: Bool

  init(_ paths: [String], skipsBadFiles: Bool) {
    count = paths.count
    self.skipsBadFiles = skipsBadFiles
    for path in paths {
      do {
        let (size, isColor) = try Self.header(of: path)
        sizes[size, default: 0] += 1
        hasColor = hasColor || isColor
      } catch {
        failures[path] = error.description
      }
    }
  }

  /// Marks a file whose header could be read, but not its pixels.
  mutating func fail(_ path: String, _ error: DataError) { failures[path] = error.description }

  /// An error that names the unreadable files, unless they are to be passed over.
  func check(_ path: String) throws(DataError) {
    guard !failures.isEmpty, !skipsBadFiles || failures.count == count else { return }
    let shown = failures.values.sorted().prefix(3).joined(separator: " ")
    let more = failures.count > 3 ? " And \(failures.count - 3) more." : ""
    throw DataError(
      .bad, path,
      "\(failures.count) of \(count) images cannot be read. \(shown)\(more) "
        + "Mend or remove them, or pass over them with --skip-bad.")
  }

  /// The shape that all images get.
  func shape(of path: String, _ options: DataOptions) throws(DataError) -> Shape {
    try check(path)
    let channels = options.channels == .automatic ? (hasColor ? 3 : 1) : options.channels.count
    if let size = options.size { return [size.height, size.width, channels] }
    let seen = sizes.sorted { ($1.value, $0.key.width) < ($0.value, $1.key.width) }
    guard seen.count == 1 else {
      let shown = seen.prefix(3).map { "\($0.key) \($0.value) times" }.joined(separator: ", ")
      let more = seen.count > 3 ? " and \(seen.count - 3) more" : ""
      throw DataError(
        .bad, path,
        "its images have \(seen.count) sizes (\(shown)\(more)); give one size for all, such as "
          + "--size \(seen[0].key).")
    }
    return [seen[0].key.height, seen[0].key.width, channels]
  }

  /// The size in a file's header; the rest of the file is not read.
  private static func header(of path: String) throws(DataError) -> (ImageSize, isColor: Bool) {
    var count = 4096
    while true {
      let bytes = try DataFile.prefix(of: path, count: count)
      let header: ImageHeader?
      do throws(ImageProblem) {
        header = try ImageHeader(bytes, name: path)
      } catch {
        throw DataError(.bad, path, error.description)
      }
      if let header {
        let (height, width) = (header.height, header.width)
        guard [height, width].allSatisfy((1...ImageSize.limit).contains) else {
          throw DataError(
            .bad, path,
            "says it has \(width) by \(height) pixels, and 1 to \(ImageSize.limit) a side are read; "
              + "get a new copy or scale it down.")
        }
        return (ImageSize(height: height, width: width), header.isColor)
      }
      guard bytes.count == count, count < PNGFile.defaultByteLimit else {
        throw DataError(.bad, path, "is cut short; get a new copy.")
      }
      // Before the size of a JPEG may stand a preview and a profile of any length.
      count *= 16
    }
  }
}

extension DataOptions.Channels {
  /// How many there are, where that is chosen.
  var count: Int { self == .color ? 3 : 1 }
}
