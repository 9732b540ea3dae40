/// The image in a file, whose format its first bytes tell and not its name.
package struct ImageFile: Sendable, Hashable {
  /// The pixels, of 1 channel where the file is grey and 3 otherwise.
  package let image: Image

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - transparency: What becomes of transparent pixels; they are laid over white by default.
  ///   - byteLimit: The most bytes that the decoded pixels may take, which the header is checked
  ///     against before memory is asked for.
  /// - Throws: ``ImageProblem`` when the file cannot be read, is of no format that is read, is
  ///   damaged, or is too large.
  package init(
    path: String, transparency: PNGFile.Transparency = .composited(over: .white),
    byteLimit: Int = PNGFile.defaultByteLimit
  ) throws(ImageProblem) {
    let bytes: [UInt8]
    do throws(PNGError) {
      bytes = try readFile(path, byteLimit: byteLimit)
    } catch {
      throw .png(error)
    }
    if try ImageFormat(reading: bytes, name: path) == .jpeg {
      image = try JPEGFile(bytes: bytes, byteLimit: byteLimit).image
      return
    }
    do throws(PNGError) {
      image = try PNGFile(
        bytes: bytes, name: path, transparency: transparency, byteLimit: byteLimit
      ).image
    } catch {
      throw .png(error)
    }
  }
}

/// What the first bytes of an image file say of its pixels.
package struct ImageHeader: Sendable, Hashable {
  /// Rows of pixels, as the image is to be seen.
  package let height: Int
  /// Pixels in a row, as the image is to be seen.
  package let width: Int
  /// Whether reading gives three channels.
  package let isColor: Bool

  /// Reads the first bytes of a file; nil where more of them are needed.
  ///
  /// - Throws: ``ImageProblem`` when they are of no format that is read, or are damaged.
  package init?(_ bytes: [UInt8], name: String) throws(ImageProblem) {
    switch try ImageFormat(reading: bytes, name: name) {
    case .jpeg:
      guard let header = try JPEGHeader(bytes) else { return nil }
      (height, width) = header.shownSize
      isColor = header.isColor
    default:
      guard bytes.count >= 26 else { return nil }
      func number(at place: Int) -> Int {
        bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      }
      (height, width) = (number(at: 20), number(at: 16))
      isColor = bytes[25] & 2 != 0
    }
  }
}

extension ImageFormat {
  /// The format of a file, PNG or JPEG; the others are refused by their names.
  fileprivate init(reading bytes: [UInt8], name: String) throws(ImageProblem) {
    guard !bytes.isEmpty else { throw .empty }
    let known = ImageFormat(bytes)
    switch known {
    case .png: self = .png
    case .jpeg:
      guard JPEGFile.isRead else { throw .builtWithoutJPEG }
      self = .jpeg
    case let known?: throw .notRead(known)
    case nil:
      // What a name promises is worth a word where the bytes tell nothing.
      guard let promised = ImageFormat(ending: name), promised != .png, promised != .jpeg
      else { throw .unknown }
      throw .notRead(promised)
    }
  }
}
