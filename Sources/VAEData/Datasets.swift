/// What ``ImageDataset/open(_:options:)`` understands.
public enum Datasets {
  /// A line of a listing.
  public struct Entry: Sendable, Hashable {
    /// A built-in set's name, or what a format is called.
    public let name: String
    /// What it is, in one line.
    public let summary: String
  }

  /// The built-in sets, which are drawn and need no file.
  public static var builtIn: [Entry] {
    BuiltIn.allCases.map { Entry(name: $0.rawValue, summary: $0.summary) }
  }

  /// The formats that files and folders may have.
  public static let formats = [
    Entry(
      name: "IDX",
      summary: "MNIST's format, plain or gzipped: a folder with train-images-idx3-ubyte.gz and "
        + "the like, or one file of images")
  ]
}
