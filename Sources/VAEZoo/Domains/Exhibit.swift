internal import SystemFiles

/// Observations as a person sees them.
public enum Exhibit: Sendable {
  /// A picture of all, and what it shows in numbers, where these are of use.
  case picture(Image, Numbers? = nil)
  /// A text for each, or several that belong together.
  case texts([[(name: String, text: String)]])

  /// Observations in the unit of the data.
  public struct Numbers: Sendable {
    /// Rows of numbers `[count, width]`, images `[count, height, width, channels]` or series `[count,
    /// time, features]`, NaN where a series has ended.
    public let values: Tensor
    /// What the numbers of a row are called; nil where they have no names.
    public let columns: [String]?

    /// Observations, one a row.
    public init(_ values: Tensor, columns: [String]? = nil) {
      (self.values, self.columns) = (values, columns)
    }
  }

  /// The texts line by line, those that belong together under their names; none of a picture.
  public var lines: [String] {
    guard case .texts(let entries) = self else { return [] }
    return entries.enumerated().flatMap { index, entry -> [String] in
      guard entry.count > 1 else { return entry.map(\.text) }
      let width = entry.map(\.name.count).max() ?? 0
      let named = entry.map {
        "\($0.name): " + String(repeating: " ", count: width - $0.name.count) + $0.text
      }
      return (index > 0 ? [""] : []) + named
    }
  }

  /// Writes a picture as PNG, or texts under a line that tells what they are, with the ending that
  /// belongs to it.
  func write(to path: String, caption: String) throws {
    switch self {
    case .picture(let image, _): try image.writePNG(to: "\(path).png")
    case .texts(let entries):
      let gap = entries.first.map { $0.count > 1 ? [""] : [] } ?? []
      try replaceFile("\(path).txt", with: ["# \(caption)"] + gap + lines)
    }
  }
}
