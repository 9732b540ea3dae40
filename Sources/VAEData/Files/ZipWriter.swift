internal import CZlib
internal import SystemFiles

/// Writes a ZIP file of stored entries.
struct ZipWriter {
  private var position = 0
  private var directory: [UInt8] = []
  private var count = 0

  /// Appends an entry made of two pieces.
  mutating func append(
    _ name: String, _ head: [UInt8], _ body: UnsafeRawBufferPointer, to file: borrowing OutputFile
  ) throws(FileFailure) {
    let size = head.count + body.count
    // Each number of the format has 32 bits, and the largest of them means something else.
    guard size < UInt32.max, position + size + 1024 < UInt32.max, count < UInt16.max else {
      throw .system("an archive holds at most 4 GB; write each array as an NPY file")
    }
    var sum = CZlib.crc32(0, head, UInt32(head.count))
    if let base = body.bindMemory(to: UInt8.self).baseAddress, !body.isEmpty {
      sum = CZlib.crc32(sum, base, UInt32(body.count))
    }
    let name = Array(name.utf8)
    // Version, UTF-8 names, stored, 1 January 1980, checksum, sizes.
    let common =
      half(20) + half(0x0800) + half(0) + half(0) + half(0x21) + word(Int(sum)) + word(size)
      + word(size) + half(name.count) + half(0)
    let local = word(0x0403_4B50) + common + name
    directory += word(0x0201_4B50) + half(20) + common + half(0) + half(0) + half(0) + word(0)
    directory += word(position) + name
    count += 1
    try file.append(local)
    try file.append(head)
    try file.append(body)
    position += local.count + size
  }

  /// Appends the table of contents.
  func finish(_ file: borrowing OutputFile) throws(FileFailure) {
    try file.append(
      directory + word(0x0605_4B50) + half(0) + half(0) + half(count) + half(count)
        + word(directory.count) + word(position) + half(0))
  }

  private func half(_ value: Int) -> [UInt8] { bytes(value, 2) }
  private func word(_ value: Int) -> [UInt8] { bytes(value, 4) }

  private func bytes(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
