/// Why an image file could not be read, without its name: what is wrong, and what to do about it.
package enum ImageProblem: Error, Sendable, Equatable, CustomStringConvertible {
  case png(PNGError)
  case empty
  case unknown
  case notRead(ImageFormat)
  case builtWithoutJPEG
  case unsupportedJPEG(String)
  case damaged(String)
  case tooLarge(width: Int, height: Int, limit: Int)
  case impossible(width: Int, height: Int, bytes: Int)

  /// A sentence that goes on after the name of the file.
  package var description: String {
    switch self {
    case .png(let error): error.problem
    case .empty: "is empty; get a new copy."
    case .unknown: "is neither a PNG nor a JPEG file; convert it to one of them."
    case .notRead(let format):
      "is of the format \(format.rawValue), which is not read; convert it to PNG or JPEG."
    case .builtWithoutJPEG:
      "is a JPEG file, and this program was built without JPEG; build it with the package trait "
        + "JPEG, which is on by default and needs libjpeg-turbo, or convert the file to PNG."
    case .unsupportedJPEG(let what):
      "is a JPEG file \(what), which is not read; convert it to PNG or to JPEG of 8 bits."
    case .damaged(let why): "is damaged: \(why); get a new copy."
    case .tooLarge(let width, let height, let limit):
      "is too large: \(width) by \(height) pixels do not fit the limit of \(limit) bytes; scale "
        + "it down."
    case .impossible(let width, let height, let bytes):
      "is damaged: its header says \(width) by \(height) pixels, more than its \(bytes) bytes can "
        + "hold; get a new copy."
    }
  }
}
