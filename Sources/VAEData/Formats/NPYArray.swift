internal import TensorCore

/// An array in NumPy's format, versions 1 to 3: its header, and where its elements lie.
///
/// - Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
struct NPYArray: Sendable {
  /// The kinds of numbers that are read.
  enum Element: String, Sendable {
    case bool = "b1"
    case uint8 = "u1"
    case uint16 = "u2"
    case uint32 = "u4"
    case uint64 = "u8"
    case int8 = "i1"
    case int16 = "i2"
    case int32 = "i4"
    case int64 = "i8"
    case float16 = "f2"
    case float32 = "f4"
    case float64 = "f8"

    var byteCount: Int { rawValue.last.flatMap { $0.wholeNumberValue } ?? 1 }
    var isFloatingPoint: Bool { rawValue.first == "f" }
  }

  /// What messages call the array: its file, and its name in it if there are several.
  let path: String
  let dimensions: [Int]
  let element: Element
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let region: Region
  /// Bytes before the first element.
  let offset: Int

  var count: Int { dimensions.reduce(1, *) }

  static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]  // \x93NUMPY

  /// An array whose elements lie in order from `offset` on.
  init(
    path: String, dimensions: [Int], element: Element, isBigEndian: Bool, region: Region,
    offset: Int
  ) {
    (self.path, self.dimensions, self.element) = (path, dimensions, element)
    (self.isBigEndian, isFortranOrder) = (isBigEndian, false)
    (self.region, self.offset) = (region, offset)
  }

  /// Reads the header of the array that fills `range` of a region.
  init(_ region: Region, in range: Range<Int>, path: String) throws(DataError) {
    let bytes = UnsafeRawBufferPointer(rebasing: region.bytes[range])
    func damaged(_ why: String) -> DataError {
      DataError(.bad, path, "is damaged: \(why); get a new copy.")
    }
    guard bytes.starts(with: Self.magic) else {
      throw DataError(.bad, path, "is not an NPY file; save it with numpy.save.")
    }
    guard bytes.count >= 12 else { throw damaged("it ends in its header") }
    let isFirstVersion = bytes[6] == 1
    let start = isFirstVersion ? 10 : 12
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard (1...3).contains(bytes[6]) else {
      throw DataError(
        .bad, path,
        "has version \(bytes[6]) of the NPY format, and 1 to 3 are read; save it anew.")
    }
    guard length <= 1 << 20, bytes.count >= start + length else {
      throw damaged("it ends in its header")
    }
    let text = String(decoding: bytes[start..<(start + length)], as: UTF8.self)
    let header = NPYHeader(text)
    guard let dimensions = header.shape, let description = header.description,
      let isFortranOrder = header.isFortranOrder
    else { throw damaged("its header cannot be understood") }
    guard let element = Element(rawValue: String(description.dropFirst())),
      let order = description.first, "<>|=".contains(order)
    else {
      throw DataError(
        .bad, path,
        "holds elements of type \(description), and booleans, integers and floats are read; "
          + "convert it, as with array.astype('float32').")
    }

    // An empty axis counts as 1 here, so that no product of the other axes overflows later.
    var size = element.byteCount
    var overflow = false
    for dimension in dimensions {
      let product = size.multipliedReportingOverflow(by: max(dimension, 1))
      (size, overflow) = (product.partialValue, overflow || product.overflow)
    }
    let shape = dimensions.map(String.init).joined(separator: " x ")
    guard !overflow else { throw damaged("its header says \(shape) elements") }
    if dimensions.contains(0) { size = 0 }
    let found = bytes.count - start - length
    guard found == size else {
      throw DataError(
        .bad, path,
        "\(found < size ? "is cut short" : "is too long"): its header says \(size) bytes of "
          + "elements (\(shape)), but \(found) are there; get a new copy.")
    }
    self.path = path
    self.dimensions = dimensions
    self.element = element
    isBigEndian = order == ">"
    self.isFortranOrder = isFortranOrder
    self.region = region
    offset = range.lowerBound + start + length
  }

  /// The array of a file, which is mapped.
  init(file path: String) throws(DataError) {
    let region = try Region(mapping: DataFile(path))
    try self.init(region, in: 0..<region.bytes.count, path: path)
  }

  /// A source of the elements as they are, laid out as `layout` says.
  func source(_ layout: ImageLayout) -> any PixelSource {
    if element == .float32 && !isBigEndian && layout.isContiguous {
      return FloatSource(region: region, offset: offset)
    }
    let load = load
    return ElementSource(
      region: region, offset: offset, size: element.byteCount, layout: layout
    ) { Float(load($0)) }
  }

  /// Reads the element at an address.
  var load: @Sendable (UnsafeRawPointer) -> Double {
    switch element {
    case .bool, .uint8: word { (x: UInt8) in Double(x) }
    case .uint16: word { (x: UInt16) in Double(x) }
    case .uint32: word { (x: UInt32) in Double(x) }
    case .uint64: word { (x: UInt64) in Double(x) }
    case .int8: word { (x: Int8) in Double(x) }
    case .int16: word { (x: Int16) in Double(x) }
    case .int32: word { (x: Int32) in Double(x) }
    case .int64: word { (x: Int64) in Double(x) }
    case .float16: word { (x: UInt16) in Double(Self.float(half: x)) }
    case .float32: word { (x: UInt32) in Double(Float(bitPattern: x)) }
    case .float64: word { (x: UInt64) in Double(bitPattern: x) }
    }
  }

  /// Reads the word at an address in the file's order of bytes, and makes a number of it.
  private func word<Word: FixedWidthInteger & BitwiseCopyable & SendableMetatype>(
    _ value: @escaping @Sendable (Word) -> Double
  ) -> @Sendable (UnsafeRawPointer) -> Double {
    if isBigEndian { return { value(Word(bigEndian: $0.loadUnaligned(as: Word.self))) } }
    return { value(Word(littleEndian: $0.loadUnaligned(as: Word.self))) }
  }

  /// A number of IEEE half precision, for machines whose Swift has no Float16.
  private static func float(half bits: UInt16) -> Float {
    let sign: Float = bits >> 15 == 0 ? 1 : -1
    let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 1023))
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * (1024 + fraction)
        * Float(sign: .plus, exponent: exponent - 25, significand: 1)
    }
  }
}

/// What the Python dictionary at an NPY file's head says.
private struct NPYHeader {
  private let text: String

  init(_ text: String) { self.text = text }

  /// What follows a key and its colon.
  private func value(of key: String) -> Substring? {
    for quote in ["'", "\""] {
      guard let place = text.firstRange(of: quote + key + quote) else { continue }
      let rest = text[place.upperBound...].drop { $0 == " " }
      if rest.first == ":" { return rest.dropFirst().drop { $0 == " " } }
    }
    return nil
  }

  /// The type of the elements, such as `<f4`; a record's is its whole list of fields.
  var description: String? {
    guard let value = value(of: "descr"), let first = value.first else { return nil }
    guard first == "'" || first == "\"" else { return "of records" }
    return String(value.dropFirst().prefix { $0 != first })
  }

  var isFortranOrder: Bool? {
    value(of: "fortran_order").flatMap {
      $0.hasPrefix("True") ? true : $0.hasPrefix("False") ? false : nil
    }
  }

  var shape: [Int]? {
    guard let value = value(of: "shape"), value.first == "(", let end = value.firstIndex(of: ")")
    else { return nil }
    var sizes: [Int] = []
    for part in value[value.index(after: value.startIndex)..<end].split(separator: ",") {
      let digits = part.filter { $0 != " " }
      if digits.isEmpty { continue }
      guard let size = Int(digits.hasSuffix("L") ? String(digits.dropLast()) : digits), size >= 0
      else { return nil }
      sizes.append(size)
    }
    return sizes
  }
}

/// Float32 elements that lie in order, in memory or in a mapped file.
struct FloatSource: PixelSource {
  let region: Region
  /// Bytes before the first element.
  let offset: Int

  var isImmediate: Bool { !region.isMapped }

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    let length = out.count * MemoryLayout<Float>.stride
    let start = offset + example * length
    UnsafeMutableRawBufferPointer(out).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: region.bytes[start..<(start + length)]))
  }
}
