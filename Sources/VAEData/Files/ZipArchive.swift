internal import CZlib

/// The table of contents of a ZIP file, and its entries, stored or deflated.
///
/// - Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", with its 64-bit sizes.
struct ZipArchive {
  struct Entry {
    let name: String
    /// 0 stored, 8 deflated.
    let method: Int
    let isEncrypted: Bool
    let checksum: UInt32
    let compressedCount: Int
    let count: Int
    /// Where its local header begins.
    let start: Int
  }

  let entries: [Entry]
  private let path: String
  private let region: Region

  static let magic: [UInt8] = [0x50, 0x4B, 0x03, 0x04]  // PK

  init(_ path: String) throws(DataError) {
    self.path = path
    region = try Region(mapping: DataFile(path))
    entries = try Self.contents(region.bytes, path)
  }

  /// The array that an entry holds; a stored one stays in the mapped file.
  func array(_ name: String, memoryLimit: Int) throws(DataError) -> NPYArray {
    let label = "\(path)/\(name)"
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw DataError(.missing, path, "holds no \(name).")
    }
    let range = try data(of: entry)
    if entry.method == 0 { return try NPYArray(region, in: range, path: label) }
    guard entry.method == 8, !entry.isEncrypted else {
      throw DataError(
        .bad, label,
        entry.isEncrypted
          ? "is encrypted; unpack it first."
          : "is compressed by method \(entry.method); save it with numpy.savez_compressed.")
    }
    guard entry.count / 1032 <= range.count else {
      throw DataError(
        .bad, label,
        "is damaged: it says that \(range.count) bytes unpack to \(entry.count); get a new copy.")
    }
    guard entry.count <= memoryLimit else {
      throw DataError(
        .usage, label,
        "unpacks to \(entry.count) bytes, more than the \(memoryLimit) kept in memory; unzip the "
          + "archive and open the NPY file, which is then read in place.")
    }
    let unpacked = try inflated(entry, range, label)
    return try NPYArray(unpacked, in: 0..<entry.count, path: label)
  }

  private func inflated(
    _ entry: Entry, _ range: Range<Int>, _ label: String
  ) throws(DataError) -> Region {
    try Region(count: entry.count, for: label) { memory throws(DataError) in
      var stream = z_stream()
      guard
        inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
      else { throw DataError(.bad, label, "cannot be decompressed: zlib does not start.") }
      defer { inflateEnd(&stream) }
      let input = UnsafeMutablePointer(
        mutating: region.bytes.baseAddress?.advanced(by: range.lowerBound)
          .assumingMemoryBound(to: UInt8.self))
      stream.next_in = input
      stream.next_out = memory.baseAddress?.assumingMemoryBound(to: UInt8.self)
      var (taken, made) = (0, 0)
      var status = Z_OK
      while status == Z_OK {
        stream.avail_in = UInt32(min(range.count - taken, 1 << 30))
        stream.avail_out = UInt32(min(entry.count - made, 1 << 30))
        let (offered, room) = (stream.avail_in, stream.avail_out)
        status = inflate(&stream, Z_NO_FLUSH)
        taken += Int(offered - stream.avail_in)
        made += Int(room - stream.avail_out)
        if status == Z_OK && offered == stream.avail_in && room == stream.avail_out { break }
      }
      var sum = CZlib.crc32(0, nil, 0)
      for start in stride(from: 0, to: made, by: 1 << 30) {
        let piece = memory.baseAddress?.advanced(by: start).assumingMemoryBound(to: UInt8.self)
        sum = CZlib.crc32(sum, piece, UInt32(min(made - start, 1 << 30)))
      }
      guard status == Z_STREAM_END, made == entry.count, UInt32(sum) == entry.checksum else {
        let why = stream.msg.map { String(cString: $0) } ?? "its data or checksum is wrong"
        throw DataError(.bad, label, "is damaged: \(why); get a new copy.")
      }
    }
  }

  /// Where an entry's data lies in the file.
  private func data(of entry: Entry) throws(DataError) -> Range<Int> {
    let reader = LittleEndian(region.bytes)
    guard let signature = reader.word(at: entry.start), signature == 0x0403_4B50,
      let name = reader.half(at: entry.start + 26), let extra = reader.half(at: entry.start + 28)
    else { throw Self.damaged(path) }
    let start = entry.start + 30 + name + extra
    guard start <= region.bytes.count, entry.compressedCount <= region.bytes.count - start,
      entry.method != 0 || entry.compressedCount == entry.count
    else { throw Self.damaged(path) }
    return start..<(start + entry.compressedCount)
  }

  private static func damaged(_ path: String) -> DataError {
    DataError(
      .bad, path, "is damaged or cut short: its table of contents is not whole; get a new copy.")
  }

  private static func contents(
    _ bytes: UnsafeRawBufferPointer, _ path: String
  ) throws(DataError) -> [Entry] {
    let reader = LittleEndian(bytes)
    // The end record is the last thing but for a comment of at most 65,535 bytes.
    let earliest = max(0, bytes.count - 22 - 65535)
    guard bytes.count >= 22,
      let end = stride(from: bytes.count - 22, through: earliest, by: -1)
        .first(where: { reader.word(at: $0) == 0x0605_4B50 }),
      var count = reader.half(at: end + 10), var place = reader.word(at: end + 16)
    else { throw damaged(path) }
    if count == 0xFFFF || place == 0xFFFF_FFFF, reader.word(at: end - 20) == 0x0706_4B50 {
      guard let long = reader.long(at: end - 12), reader.word(at: long) == 0x0606_4B50,
        let longCount = reader.long(at: long + 32), let longPlace = reader.long(at: long + 48)
      else { throw damaged(path) }
      (count, place) = (longCount, longPlace)
    }
    guard count <= bytes.count / 46 else { throw damaged(path) }
    var entries: [Entry] = []
    for _ in 0..<count {
      guard let entry = reader.entry(at: &place) else { throw damaged(path) }
      entries.append(entry)
    }
    return entries
  }
}

/// Numbers in bytes, or nil where there are none.
private struct LittleEndian {
  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private func number(_ count: Int, at place: Int) -> Int? {
    guard place >= 0, place <= bytes.count - count else { return nil }
    let value = bytes[place..<(place + count)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(exactly: value)
  }

  func half(at place: Int) -> Int? { number(2, at: place) }
  func word(at place: Int) -> Int? { number(4, at: place) }
  func long(at place: Int) -> Int? { number(8, at: place) }

  /// The entry of the central directory at `place`, which then moves to the next.
  func entry(at place: inout Int) -> ZipArchive.Entry? {
    guard word(at: place) == 0x0201_4B50, let flags = half(at: place + 8),
      let method = half(at: place + 10), let checksum = word(at: place + 16),
      let compressed = word(at: place + 20), let count = word(at: place + 24),
      let nameLength = half(at: place + 28), let extraLength = half(at: place + 30),
      let commentLength = half(at: place + 32), let start = word(at: place + 42),
      place + 46 + nameLength + extraLength <= bytes.count
    else { return nil }
    let name = String(decoding: bytes[(place + 46)..<(place + 46 + nameLength)], as: UTF8.self)
    // Numbers of more than 32 bits stand in an extra field, in this order.
    var numbers = [count, compressed, start]
    var field = place + 46 + nameLength
    let fieldsEnd = field + extraLength
    while field + 4 <= fieldsEnd, let tag = half(at: field), let length = half(at: field + 2) {
      var next = field + 4
      for i in numbers.indices where tag == 1 && numbers[i] == 0xFFFF_FFFF {
        guard next + 8 <= field + 4 + length, let value = long(at: next) else { return nil }
        numbers[i] = value
        next += 8
      }
      field += 4 + length
    }
    place = fieldsEnd + commentLength
    return ZipArchive.Entry(
      name: name, method: method, isEncrypted: flags & 1 != 0,
      checksum: UInt32(truncatingIfNeeded: checksum), compressedCount: numbers[1],
      count: numbers[0], start: numbers[2])
  }
}
