internal import TensorCore

/// The format of MNIST's files: a big-endian header and numbers, plain or gzipped.
///
/// - Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
enum IDX {
  /// The numbers that are read, by the byte that tells them.
  private static let elements: [UInt8: NPYArray.Element] = [
    0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
  ]

  /// Whether a file that begins so may be an IDX file.
  static func matches(_ prefix: [UInt8]) -> Bool {
    prefix.count >= 4 && prefix[0] == 0 && prefix[1] == 0 && (1...5).contains(prefix[3])
  }

  /// Reads an array; a plain file is mapped, a gzipped one decompressed into as much memory as it needs.
  ///
  /// - Throws: ``DataError`` when the file is damaged, or unpacks to more than `memoryLimit` bytes.
  static func read(_ path: String, memoryLimit: Int) throws(DataError) -> NPYArray {
    let file = try DataFile(path)
    let prefix = try DataFile.prefix(of: path, count: 2)
    return prefix == [0x1F, 0x8B] ? try gzipped(file, memoryLimit) : try plain(file)
  }

  private static func plain(_ file: DataFile) throws(DataError) -> NPYArray {
    let region = try Region(mapping: file)
    let header = try Header(region.bytes, of: file.path)
    guard region.bytes.count == header.byteCount else {
      throw DataError(
        .bad, file.path,
        "\(region.bytes.count < header.byteCount ? "is cut short" : "is too long"): "
          + "its header says \(header.byteCount) bytes (\(header.text)), but the file has "
          + "\(region.bytes.count); get a new copy.")
    }
    return NPYArray(
      path: file.path, dimensions: header.dimensions, element: header.element, isBigEndian: true,
      region: region, offset: header.length)
  }

  private static func gzipped(
    _ file: DataFile, _ memoryLimit: Int
  ) throws(DataError) -> NPYArray {
    let reader = try GzipReader(file)
    var bytes: [UInt8] = [0, 0, 0, 0]
    try fill(&bytes, from: 0, reader, file)
    guard matches(bytes) else { throw Header.notIDX(file.path) }
    bytes += [UInt8](repeating: 0, count: 4 * Int(bytes[3]))
    try fill(&bytes, from: 4, reader, file)
    let header = try bytes.withUnsafeBufferPointer { buffer throws(DataError) in
      try Header(UnsafeRawBufferPointer(buffer), of: file.path)
    }
    let count = header.byteCount - header.length
    guard header.byteCount <= reader.largestCount else {
      throw DataError(
        .bad, file.path,
        "is damaged: its header says \(header.byteCount) bytes (\(header.text)), more than "
          + "\(file.count) compressed bytes can hold; get a new copy.")
    }
    guard count <= memoryLimit else {
      throw DataError(
        .usage, file.path,
        "unpacks to \(count) bytes, more than the \(memoryLimit) kept in memory; gunzip it, and it "
          + "is read in place.")
    }
    let region = try Region(count: count, for: file.path) { memory throws(DataError) in
      let got = try reader.read(into: memory)
      guard got == count else {
        throw DataError(
          .bad, file.path,
          "is cut short: its header says \(header.byteCount) bytes (\(header.text)), but "
            + "\(got + header.length) are in it; get a new copy.")
      }
    }
    try reader.finish(after: header.byteCount)
    return NPYArray(
      path: file.path, dimensions: header.dimensions, element: header.element, isBigEndian: true,
      region: region, offset: 0)
  }

  private static func fill(
    _ bytes: inout [UInt8], from start: Int, _ reader: GzipReader, _ file: DataFile
  ) throws(DataError) {
    let wanted = bytes.count - start
    let got = try bytes.withUnsafeMutableBufferPointer { buffer throws(DataError) in
      try reader.read(into: UnsafeMutableRawBufferPointer(.init(rebasing: buffer[start...])))
    }
    guard got == wanted else { throw Header.notIDX(file.path) }
  }

  private struct Header {
    let dimensions: [Int]
    let element: NPYArray.Element
    /// Bytes of the header, and of the whole file.
    let length: Int
    let byteCount: Int

    var text: String { dimensions.map(String.init).joined(separator: " x ") }

    static func notIDX(_ path: String) -> DataError {
      DataError(
        .bad, path, "is not an IDX file, which begins with two zero bytes; check what it is.")
    }

    init(_ bytes: UnsafeRawBufferPointer, of path: String) throws(DataError) {
      guard IDX.matches([UInt8](bytes.prefix(4))), bytes.count >= 4 + 4 * Int(bytes[3]) else {
        throw Self.notIDX(path)
      }
      guard let element = IDX.elements[bytes[2]] else {
        throw DataError(
          .bad, path,
          "holds elements of type 0x\(String(bytes[2], radix: 16)), and whole numbers of 8, 16 and 32 "
            + "bits and floats of 32 and 64 are read, types 0x8 to 0xe; get a new copy.")
      }
      self.element = element
      dimensions = (0..<Int(bytes[3])).map { axis in
        bytes[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) }
      }
      length = 4 + 4 * dimensions.count
      var count = length
      var product = element.byteCount
      var overflow = false
      for size in dimensions {
        let next = product.multipliedReportingOverflow(by: size)
        (product, overflow) = (next.partialValue, overflow || next.overflow)
      }
      let total = product.addingReportingOverflow(length)
      (count, overflow) = (total.partialValue, overflow || total.overflow)
      guard !overflow, !dimensions.dropFirst().contains(where: { $0 > 1 << 24 }) else {
        let text = dimensions.map(String.init).joined(separator: " x ")
        throw DataError(
          .bad, path, "is damaged: its header says \(text) elements; get a new copy.")
      }
      byteCount = count
    }
  }
}
