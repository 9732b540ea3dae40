/// A recording in a WAV file: what its header says, and where its samples lie.
///
/// Read are whole numbers of 8, 16, 24 and 32 bits, floats of 32 and 64, and the 8 bits of mu-law and
/// A-law, also under an extensible header. A recording that was written into a pipe says nothing of its
/// size, or one that cannot be, and goes on to the end of the file.
///
/// - Source: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991,
///   and "Multiple Channel Audio Data and WAVE Files", 2001; ITU-T Recommendation G.711, "Pulse code
///   modulation of voice frequencies", 1988.
struct WAVFile {
  /// How a sample is written, lowest byte first.
  fileprivate enum Coding {
    case unsigned8, signed16, signed24, signed32, float32, float64, muLaw, aLaw
  }

  let path: String
  /// Samples in a second.
  let sampleRate: Int
  let channelCount: Int
  /// Samples of each channel.
  let sampleCount: Int
  private let coding: Coding
  private let region: Region
  /// Bytes before the first sample.
  private let start: Int
  /// Bytes of one sample of all channels.
  private let stride: Int

  init(_ path: String) throws(DataError) {
    self.path = path
    region = try Region(mapping: DataFile(path))
    let bytes = region.bytes
    func failure(_ problem: String) -> DataError { DataError(.bad, path, problem) }
    guard Self.matches(bytes.prefix(12)) else {
      throw failure("is not a WAV file; convert it to WAV.")
    }
    var format: Range<Int>?
    var place = 12
    while place + 8 <= bytes.count {
      let name = String(decoding: bytes[place..<(place + 4)], as: UTF8.self)
      let size = Int(bytes.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self).littleEndian)
      let body = place + 8
      let found = bytes.count - body
      if name == "data" {
        guard let format else { throw failure("has no format before its samples; get a new copy.") }
        let isUnknown = size == 0 || size >= Self.leastUnknownSize && size > found
        guard isUnknown || size <= found else {
          throw failure(
            "is cut short: it says \(size) bytes of samples, but \(found) are there; "
              + "get a new copy.")
        }
        let header = try Self.header(bytes, format, path)
        (coding, channelCount, sampleRate) = header
        stride = header.channels * header.coding.byteCount
        start = body
        sampleCount = (isUnknown ? found : size) / stride
        guard sampleCount > 0 else { throw failure("holds no samples; leave it out.") }
        return
      }
      guard size <= found else {
        throw failure(
          "is cut short: it says that its part \"\(Self.shown(name))\" has \(size) bytes, but "
            + "\(found) are there; get a new copy.")
      }
      if name == "fmt " { format = body..<(body + size) }
      place = body + size + size % 2
    }
    throw failure("has no part with samples; get a new copy.")
  }

  /// The least size that programs write for one that they do not know; 0 and 0xFFFFFFFF are usual.
  private static let leastUnknownSize = 0x7FFF_0000

  /// Whether a file that begins so is a WAV file.
  static func matches(_ prefix: some Sequence<UInt8>) -> Bool {
    let prefix = Array(prefix)
    return prefix.count >= 12 && prefix.starts(with: Array("RIFF".utf8))
      && prefix[8..<12].elementsEqual(Array("WAVE".utf8))
  }

  private static func shown(_ name: String) -> String {
    name.allSatisfy { $0.isASCII && $0 >= " " } ? name : "?"
  }

  private static func header(
    _ bytes: UnsafeRawBufferPointer, _ place: Range<Int>, _ path: String
  ) throws(DataError) -> (coding: Coding, channels: Int, rate: Int) {
    guard place.count >= 16 else {
      throw DataError(
        .bad, path, "its format takes \(place.count) bytes, too few to be one; get a new copy.")
    }
    func half(_ offset: Int) -> Int {
      Int(
        bytes.loadUnaligned(fromByteOffset: place.lowerBound + offset, as: UInt16.self)
          .littleEndian)
    }
    let rate = half(4) | half(6) << 16
    let (channels, block, bits) = (half(2), half(12), half(14))
    // An extensible header tells the codec further on.
    let isExtensible = half(0) == 0xFFFE && place.count >= 40
    let codec = isExtensible ? half(24) : half(0)
    let kinds: [Int: (name: String, codings: [Int: Coding])] = [
      1: ("whole numbers", [8: .unsigned8, 16: .signed16, 24: .signed24, 32: .signed32]),
      3: ("floats", [32: .float32, 64: .float64]), 6: ("A-law", [8: .aLaw]),
      7: ("mu-law", [8: .muLaw]),
    ]
    guard let kind = kinds[codec] else {
      let known = [2: "ADPCM", 17: "IMA ADPCM", 85: "MP3"]
      throw DataError(
        .bad, path,
        "is coded by \(known[codec] ?? "codec \(codec)"), and plain whole numbers, floats, mu-law and "
          + "A-law are read; convert it to 16-bit PCM.")
    }
    guard let coding = kind.codings[bits] else {
      let known = kind.codings.keys.sorted().map(String.init).joined(separator: ", ")
      throw DataError(
        .bad, path,
        "has \(kind.name) of \(bits) bits, and \(known) are read; convert it to 16-bit PCM.")
    }
    guard channels > 0, rate > 0, block == channels * coding.byteCount else {
      throw DataError(
        .bad, path,
        "says \(channels) channels, \(rate) samples a second and \(block) bytes for \(bits) bits of "
          + "each channel, which cannot be; get a new copy.")
    }
    return (coding, channels, rate)
  }

  /// The mean of the channels, full scale at -1 and 1.
  func samples() throws(DataError) -> [Float] {
    guard let base = region.bytes.baseAddress else { return [] }
    let width = coding.byteCount
    let share = 1 / Float(channelCount)
    var samples = [Float](repeating: 0, count: sampleCount)
    for index in samples.indices {
      var place = base + start + index * stride
      for _ in 0..<channelCount {
        samples[index] += coding.value(at: place) * share
        place += width
      }
    }
    if let bad = samples.firstIndex(where: { !$0.isFinite }) {
      throw DataError(
        .bad, path,
        "holds \(samples[bad].isNaN ? "NaN" : "infinity") at sample \(bad), counted from 0; "
          + "mend the recording.")
    }
    return samples
  }
}

extension WAVFile.Coding {
  fileprivate var byteCount: Int {
    switch self {
    case .unsigned8, .muLaw, .aLaw: 1
    case .signed16: 2
    case .signed24: 3
    case .signed32, .float32: 4
    case .float64: 8
    }
  }

  /// The sample at an address, whole numbers divided by their full scale.
  fileprivate func value(at place: UnsafeRawPointer) -> Float {
    switch self {
    case .unsigned8: (Float(place.load(as: UInt8.self)) - 128) / 0x1p7
    case .muLaw: Self.value(muLaw: place.load(as: UInt8.self))
    case .aLaw: Self.value(aLaw: place.load(as: UInt8.self))
    case .signed16: Float(Int16(littleEndian: place.loadUnaligned(as: Int16.self))) / 0x1p15
    case .signed24:
      Float(
        Int32(place.load(as: UInt8.self)) | Int32(place.load(fromByteOffset: 1, as: UInt8.self))
          << 8
          | Int32(place.load(fromByteOffset: 2, as: Int8.self)) << 16) / 0x1p23
    case .signed32: Float(Int32(littleEndian: place.loadUnaligned(as: Int32.self))) / 0x1p31
    case .float32:
      Float(bitPattern: UInt32(littleEndian: place.loadUnaligned(as: UInt32.self)))
    case .float64:
      Float(Double(bitPattern: UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))))
    }
  }

  /// The sample of a code of mu-law, as 16 bits.
  private static func value(muLaw code: UInt8) -> Float {
    let bits = Int(~code)
    let magnitude = ((bits & 15) << 3 + 132) << (bits >> 4 & 7) - 132
    return Float(bits & 128 == 0 ? magnitude : -magnitude) / 0x1p15
  }

  /// The sample of a code of A-law, as 16 bits.
  private static func value(aLaw code: UInt8) -> Float {
    let bits = Int(code ^ 0x55)
    let (step, segment) = ((bits & 15) << 4, bits >> 4 & 7)
    let magnitude = segment == 0 ? step + 8 : (step + 264) << (segment - 1)
    return Float(bits & 128 == 0 ? -magnitude : magnitude) / 0x1p15
  }
}
