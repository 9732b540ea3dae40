internal import SystemFiles
internal import TensorCore

extension SafeTensors {
  init(_ bytes: [UInt8], path: String) throws(CheckpointError) {
    func damaged(_ reason: String) -> CheckpointError { CheckpointError(.damaged, path, reason) }
    guard bytes.count >= 8 else {
      throw damaged("it has \(bytes.count) bytes, too few for a safetensors file; \(Self.remedy)")
    }
    let length = bytes.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    }
    guard length <= 100_000_000, bytes.count - 8 >= Int(length) else {
      throw damaged(
        "its header should have \(length) bytes and \(bytes.count - 8) are there, so it is cut short "
          + "or no safetensors file; \(Self.remedy)")
    }
    let header = bytes[8..<(8 + Int(length))]
    let members: [JSONValue.Member]
    do throws(JSONError) {
      guard case .object(let found) = try JSONReader.read(header) else {
        throw JSONError(problem: "no object", offset: 0)
      }
      members = found
    } catch {
      throw damaged(
        "its header has \(error.problem) at byte \(error.offset + 8); \(Self.remedy)")
    }
    var entries: [Entry] = []
    for member in members {
      if member.name == "__metadata__" {
        metadata = try Self.texts(member.value, damaged)
      } else {
        entries.append(try Entry(member, damaged))
      }
    }
    try Self.check(entries, fill: bytes.count - header.endIndex, damaged)
    try checkSum(bytes, header, damaged)
    metadata[Self.writerKey] = nil
    metadata[Self.checksumKey] = nil
    metadata["format"] = nil
    for entry in entries {
      let range = (header.endIndex + entry.begin)..<(header.endIndex + entry.end)
      self[entry.name] = try entry.tensor(bytes[range], damaged)
    }
  }

  private static var remedy: String { "take a whole copy of it" }

  private static func texts(
    _ value: JSONValue, _ damaged: (String) -> CheckpointError
  ) throws(CheckpointError) -> [String: String] {
    guard case .object(let members) = value else { throw damaged("its metadata is no object") }
    var texts: [String: String] = [:]
    for member in members {
      guard let text = member.value.text else {
        throw damaged("its metadata has something other than text under \"\(member.name)\"")
      }
      texts[member.name] = text
    }
    return texts
  }

  /// Tensors lie one behind the other, without gap or overlap, up to the end of the file.
  private static func check(
    _ entries: [Entry], fill count: Int, _ damaged: (String) -> CheckpointError
  ) throws(CheckpointError) {
    var offset = 0
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard entry.begin == offset else {
        throw damaged(
          "the bytes of \"\(entry.name)\" begin at \(entry.begin) where those before end at "
            + "\(offset); \(remedy)")
      }
      offset = entry.end
    }
    guard offset == count else {
      throw damaged(
        "its tensors take \(offset) bytes and \(count) are there, so it is cut short or damaged; "
          + remedy)
    }
  }

  private func checkSum(
    _ bytes: [UInt8], _ header: ArraySlice<UInt8>, _ damaged: (String) -> CheckpointError
  ) throws(CheckpointError) {
    guard metadata[Self.checksumKey] != nil || metadata[Self.writerKey] == Self.writer else {
      return
    }
    guard let place = Self.checksumPlace(in: header) else {
      throw damaged("its checksum is not where it belongs; \(Self.remedy)")
    }
    var blank = bytes
    let written = String(decoding: blank[place], as: UTF8.self)
    blank.replaceSubrange(place, with: repeatElement(UInt8(ascii: "0"), count: 16))
    guard Self.digits(of: blank) == written else {
      throw damaged("its checksum does not match its content, so it is damaged; \(Self.remedy)")
    }
  }
}

/// Where a tensor lies in a file, and as what.
private struct Entry {
  var name: String
  var format: FileFormat
  var shape: Shape
  var begin: Int
  var end: Int

  init(
    _ member: JSONValue.Member, _ damaged: (String) -> CheckpointError
  ) throws(CheckpointError) {
    name = member.name
    guard let text = member.value["dtype"]?.text else {
      throw damaged("\"\(name)\" has no format")
    }
    guard let format = FileFormat(rawValue: text) else {
      let known = FileFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw damaged("\"\(name)\" has the format \(text); this program reads \(known)")
    }
    guard case .array(let sizes)? = member.value["shape"] else {
      throw damaged("\"\(name)\" has no shape")
    }
    guard case .array(let offsets)? = member.value["data_offsets"], offsets.count == 2,
      let begin = offsets[0].integer, let end = offsets[1].integer, begin >= 0, begin <= end
    else { throw damaged("\"\(name)\" has no place in the file") }
    var dimensions: [Int] = []
    var count = format.byteCount
    for size in sizes {
      guard let size = size.integer, size >= 0 else {
        throw damaged("\"\(name)\" has a size that is no count")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw damaged("\"\(name)\" has a shape beyond any memory") }
      dimensions.append(size)
      count = product
    }
    guard count == end - begin else {
      throw damaged(
        "\"\(name)\" of shape \(dimensions) needs \(count) bytes and has \(end - begin)")
    }
    self.format = format
    self.begin = begin
    self.end = end
    shape = Shape(dimensions)
  }

  func tensor(
    _ bytes: ArraySlice<UInt8>, _ damaged: (String) -> CheckpointError
  ) throws(CheckpointError) -> Tensor {
    if let dtype = format.dtype {
      return Tensor(shape: shape, dtype: dtype) { out in
        bytes.withUnsafeBytes {
          if let base = $0.baseAddress { out.copyMemory(from: base, byteCount: $0.count) }
        }
      }
    }
    let wide: [Int64] = bytes.withUnsafeBytes { bytes in
      format == .byte
        ? bytes.map { Int64($0) }
        : (0..<shape.count).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self) }
    }
    var integers: [Int32] = []
    for wide in wide {
      guard let integer = Int32(exactly: wide) else {
        throw damaged("\"\(name)\" has the number \(wide), beyond 32 bits")
      }
      integers.append(integer)
    }
    return Tensor(integers, shape: shape)
  }
}
