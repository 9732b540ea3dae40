internal import SystemFiles
internal import TensorCore

extension SafeTensors {
  /// The file's bytes.
  func encoded() -> [UInt8] {
    // Wide elements first, so that every tensor is aligned for its format.
    let order = names.compactMap { name in self[name].map { (name: name, tensor: $0) } }
      .sorted { $0.tensor.dtype.byteCount > $1.tensor.dtype.byteCount }
    let header = header(of: order)
    let count = order.reduce(header.count) { $0 + $1.tensor.byteCount }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    bytes += header
    for (_, tensor) in order { tensor.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    guard let place = Self.checksumPlace(in: header[...]) else { return bytes }
    bytes.replaceSubrange(place, with: Self.digits(of: bytes).utf8)
    return bytes
  }

  private func header(of tensors: [(name: String, tensor: Tensor)]) -> [UInt8] {
    var metadata = metadata
    metadata["format"] = "pt"
    metadata[Self.writerKey] = Self.writer
    metadata[Self.checksumKey] = Self.checksumPrefix + String(repeating: "0", count: 16)
    let texts = metadata.sorted { $0.key < $1.key }
      .map { "\(quotedJSON($0.key)):\(quotedJSON($0.value))" }
    var members = ["\"__metadata__\":{\(texts.joined(separator: ","))}"]
    var offset = 0
    for (name, tensor) in tensors {
      let end = offset + tensor.byteCount
      let shape = tensor.shape.dimensions.map { "\($0)" }.joined(separator: ",")
      members.append(
        "\(quotedJSON(name)):{\"dtype\":\"\(FileFormat(tensor.dtype).rawValue)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
  }
}
