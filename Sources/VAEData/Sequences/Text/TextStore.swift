internal import SystemFiles

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Texts by their places in a file, which is read when they are asked for, or in memory.
struct TextStore: Sendable {
  private enum Bytes: Sendable {
    case file(DataFile)
    case memory([UInt8])
  }

  private let bytes: Bytes
  private var starts: [UInt64] = []
  private var counts: [UInt32] = []
  /// What messages call an example: "line 7".
  private let unit: String
  /// The number of each example in `unit`s; nil where they count from 1 without gaps.
  private var numbers: [UInt32]?
  let path: String

  init(file: DataFile, unit: String) {
    bytes = .file(file)
    path = file.path
    self.unit = unit
  }

  init(memory: [UInt8], path: String, unit: String) {
    bytes = .memory(memory)
    self.path = path
    self.unit = unit
  }

  /// Texts that are in memory one by one, with the numbers messages give them.
  init(_ texts: [String], path: String, unit: String, numbers: [Int]? = nil) {
    var all: [UInt8] = []
    var ranges: [Range<Int>] = []
    for text in texts {
      let start = all.count
      all += Array(text.utf8)
      ranges.append(start..<all.count)
    }
    self.init(memory: all, path: path, unit: unit)
    for (index, range) in ranges.enumerated() { add(range, number: numbers?[index]) }
  }

  var count: Int { starts.count }

  /// Adds the text at a place; `number` tells where it was found if examples were passed over.
  mutating func add(_ range: Range<Int>, number: Int? = nil) {
    if let number, number != count + 1, numbers == nil {
      numbers = (0..<UInt32(count)).map { $0 + 1 }
    }
    starts.append(UInt64(range.lowerBound))
    counts.append(UInt32(range.count))
    let place = UInt32(number ?? count)
    numbers?.append(place)
  }

  /// The texts at some places only.
  func keeping(_ places: [Int]) -> TextStore {
    var result = self
    result.starts = places.map { starts[$0] }
    result.counts = places.map { counts[$0] }
    result.numbers = places.map { numbers?[$0] ?? UInt32($0 + 1) }
    return result
  }

  /// What messages call an example.
  func name(of example: Int) -> String { "\(unit) \(numbers?[example] ?? UInt32(example + 1))" }

  /// The text of an example.
  ///
  /// - Throws: ``DataError`` where the file can no longer be read, or the bytes are not UTF-8.
  func text(of example: Int) throws(DataError) -> String {
    let (start, count) = (Int(starts[example]), Int(counts[example]))
    let text: String?
    switch bytes {
    case .memory(let bytes):
      text = String(validating: bytes[start..<(start + count)], as: UTF8.self)
    case .file(let file):
      var failed = false
      let read = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        while filled < count {
          let got = pread(
            file.descriptor, buffer.baseAddress.map { $0 + filled }, count - filled,
            off_t(start + filled))
          if got < 0 && errno == EINTR { continue }
          guard got > 0 else {
            failed = true
            break
          }
          filled += got
        }
      }
      guard !failed else {
        throw DataError(
          .bad, path, "has become shorter while it was in use; leave it as it is.")
      }
      text = String(validating: read, as: UTF8.self)
    }
    guard let text else {
      throw DataError(
        .bad, path, "\(name(of: example)) is not UTF-8; convert the file, for example with iconv.")
    }
    return text
  }
}
