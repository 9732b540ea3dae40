internal import ImageOutput
internal import TensorCore

/// Decodes the images of a folder into one shape.
struct ImageFolderReader {
  let path: String
  /// The data that the folder is a part of, as it was named.
  let root: String
  let files: [ClassFolders.File]
  let shape: Shape
  let classNames: [String]
  let notes: [String]
  let options: DataOptions

  /// The dataset, its pixels in memory as bytes or, where those are too many, in their files.
  func dataset(_ survey: inout ImageSurvey) throws(DataError) -> ImageDataset {
    var kept = files.filter { survey.failures[$0.path] == nil }
    let (byteCount, overflow) = kept.count.multipliedReportingOverflow(by: shape.count)
    let source: any PixelSource
    if overflow || byteCount > options.memoryLimit {
      source = ImageFileSource(
        files: ExampleFiles(folder: root, paths: kept.map(\.path)), shape: shape, options: options)
    } else {
      var decoded: [ClassFolders.File] = []
      let region = try Region(count: byteCount, for: path) { memory in
        for file in kept {
          do throws(DataError) {
            let image = try Self.decode(file.path, shape, options)
            let start = decoded.count * shape.count
            UnsafeMutableRawBufferPointer(rebasing: memory[start...]).copyBytes(from: image.pixels)
            decoded.append(file)
          } catch {
            survey.fail(file.path, error)
          }
        }
      }
      try survey.check(path)
      kept = decoded
      source = ByteSource(
        region: region, files: ExampleFiles(folder: root, paths: kept.map(\.path)))
    }
    guard !kept.isEmpty else {
      throw DataError(.bad, path, "holds no image that can be read; check the files.")
    }
    return ImageDataset(
      name: path, count: kept.count, imageShape: shape, labels: labels(of: kept),
      classNames: classNames.isEmpty ? nil : classNames,
      skipped: files.compactMap { survey.failures[$0.path] }, notes: notes, source: source)
  }

  private func labels(of files: [ClassFolders.File]) -> [Int32]? {
    guard !classNames.isEmpty else { return nil }
    let numbers = Dictionary(
      uniqueKeysWithValues: classNames.enumerated().map { ($1, Int32($0)) })
    return files.map { file in file.className.flatMap { numbers[$0] } ?? 0 }
  }

  /// One file's image in the wanted shape.
  static func decode(
    _ path: String, _ shape: Shape, _ options: DataOptions
  ) throws(DataError) -> Image {
    let image: Image
    do throws(ImageProblem) {
      image = try ImageFile(path: path, transparency: .composited(over: options.background)).image
    } catch {
      throw DataError(.bad, path, error.description)
    }
    let converted = shape[2] == 3 ? image.colored() : image.grayscale()
    let fitting = Fitting(
      from: Extent(height: image.height, width: image.width), to: Extent(shape), options.fit)
    return fitting.apply(to: converted, options)
  }
}

/// Images that stay in their files, for sets larger than memory.
struct ImageFileSource: PixelSource {
  let files: ExampleFiles
  let shape: Shape
  let options: DataOptions

  var isUnit: Bool { true }

  func fileName(of example: Int) -> String? { files.name(of: example) }

  func read(
    _ example: Int, into out: UnsafeMutableBufferPointer<Float>
  ) throws(DataError) {
    do throws(DataError) {
      let image = try ImageFolderReader.decode(files.paths[example], shape, options)
      guard let base = out.baseAddress else { return }
      image.pixels.withUnsafeBytes { Tensor.convert($0, dividingBy255: true, to: base) }
    } catch {
      throw DataError(
        .bad, files.paths[example], "can no longer be read: \(error.description)")
    }
  }
}
