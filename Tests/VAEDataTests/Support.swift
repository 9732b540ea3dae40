import Foundation
import TensorCore
import VAEData

/// A folder for one test, removed with everything in it when the test lets go of it.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "vae-data-tests-\(UUID().uuidString)"

  init() { make(path) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  private func make(_ path: String) {
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Writes a file, making the folders it lies in, and gives its path.
  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>) -> String {
    if let slash = name.lastIndex(of: "/") { _ = folder(String(name[..<slash])) }
    precondition(FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data(bytes)))
    return "\(path)/\(name)"
  }

  @discardableResult
  func write(_ name: String, _ text: String) -> String { write(name, text.utf8) }

  /// Makes a folder and gives its path.
  @discardableResult
  func folder(_ name: String) -> String {
    make("\(path)/\(name)")
    return "\(path)/\(name)"
  }
}

/// The bytes of an IDX file.
func idx(_ dimensions: [Int], _ elements: [UInt8], type: UInt8 = 8) -> [UInt8] {
  var bytes: [UInt8] = [0, 0, type, UInt8(dimensions.count)]
  for size in dimensions {
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: size >> shift)) }
  }
  return bytes + elements
}

/// A gzip file of the given bytes, stored without compression.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var out: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
  var rest = bytes[...]
  repeat {
    let piece = rest.prefix(65535)
    rest = rest.dropFirst(piece.count)
    out += [rest.isEmpty ? 1 : 0]
    out += [UInt8(piece.count & 255), UInt8(piece.count >> 8)]
    out += [UInt8(~piece.count & 255), UInt8(~piece.count >> 8 & 255)]
    out += piece
  } while !rest.isEmpty
  return out + littleEndian(crc32(bytes)) + littleEndian(UInt32(bytes.count))
}

func littleEndian(_ word: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
}

func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(UInt32.max) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1
    }
  }
}

/// What opening `path` fails with, or nil where it succeeds.
func failure(opening path: String, _ options: DataOptions = DataOptions()) -> DataError? {
  do {
    _ = try ImageDataset.open(path, options: options)
    return nil
  } catch {
    return error
  }
}

/// Every value of a dataset, in order.
func values(_ dataset: ImageDataset) throws -> [Float] {
  try dataset.images(at: 0..<dataset.count).floats
}

/// The folder of committed files.
let goldenFolder = Bundle.module.resourcePath! + "/Golden"

enum Bytes {
  static func read(_ path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(fileURLWithPath: path)))
  }
}

/// The names in a folder, hidden ones too.
func names(in path: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: path).sorted()
}
