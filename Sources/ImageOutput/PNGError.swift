/// Why a PNG file could not be read or written: what, where, and what to do about it.
public struct PNGError: Error, Sendable, Equatable, CustomStringConvertible {
  enum Reason: Sendable, Equatable {
    case missing
    case folder
    case special
    case unreadable(String)
    case fileTooLarge(bytes: Int, limit: Int)
    case notPNG
    case empty(width: Int, height: Int)
    case tooLarge(width: Int, height: Int, limit: Int)
    case impossible(width: Int, height: Int, bytes: Int)
    case damaged(String)
    case nothingToWrite(width: Int, height: Int)
    case unencodable(String)
    case unwritable(String)
  }

  let reason: Reason
  /// The file, as it was named by the caller.
  public let path: String

  /// Whether the file or folder does not exist, as opposed to being unfit.
  public var isMissingFile: Bool { reason == .missing }

  /// One sentence or two for the person who meets the error.
  public var description: String { isMissingFile ? "\(path): \(problem)" : "\(path) \(problem)" }

  /// The same, without the file's name before it.
  var problem: String {
    switch reason {
    case .missing:
      "there is no such file; check the path."
    case .folder:
      "is a folder, not a PNG file; name a file in it."
    case .special:
      "is not an ordinary file; name a PNG file."
    case .unreadable(let why):
      "cannot be read: \(why)."
    case .fileTooLarge(let bytes, let limit):
      "is too large: the file has \(bytes) bytes, and images of at most \(limit) bytes "
        + "are read; scale it down or raise the limit."
    case .notPNG:
      "is not a PNG file; convert it to PNG."
    case .empty(let width, let height):
      "is damaged: its header says \(width) by \(height) pixels; get a new copy."
    case .tooLarge(let width, let height, let limit):
      "is too large: \(width) by \(height) pixels do not fit the limit of \(limit) bytes; "
        + "scale it down or raise the limit."
    case .impossible(let width, let height, let bytes):
      "is damaged: its header says \(width) by \(height) pixels, more than its "
        + "\(bytes) bytes can hold; get a new copy."
    case .damaged(let why):
      "is damaged: \(why); get a new copy."
    case .nothingToWrite(let width, let height):
      "was not written: an image of \(width) by \(height) pixels cannot be stored as PNG."
    case .unencodable(let why):
      "was not written: \(why)."
    case .unwritable(let why):
      "cannot be written: \(why)."
    }
  }
}
