/// Different strings of bytes, numbered in the order in which they came.
///
/// Unlike a dictionary of strings it tells apart whatever has different bytes, makes no string to
/// look one up, and keeps millions of short ones in little memory.
struct TokenTable: Sendable, Hashable {
  private var bytes: [UInt8] = []
  /// Where each string ends in `bytes`.
  private var ends: [UInt32] = []
  /// The number of a string at the place its hash tells or behind it, or -1; a power of two of them.
  private var slots = [Int32](repeating: -1, count: 64)

  init() {}

  /// The strings, each of which comes once.
  init(_ tokens: some Sequence<[UInt8]>) {
    for token in tokens { _ = token.withUnsafeBytes { insert($0) } }
  }

  var count: Int { ends.count }

  /// The bytes of string `index`.
  subscript(index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
  }

  /// The number of a string, if it is there.
  func find(_ token: UnsafeRawBufferPointer) -> Int? {
    let found = slots[slot(of: token)]
    return found < 0 ? nil : Int(found)
  }

  /// The number of a string, which is added where it is new.
  mutating func insert(_ token: UnsafeRawBufferPointer) -> Int {
    let slot = slot(of: token)
    if slots[slot] >= 0 { return Int(slots[slot]) }
    let index = count
    slots[slot] = Int32(index)
    bytes.append(contentsOf: token)
    ends.append(UInt32(bytes.count))
    if 2 * count > slots.count { grow() }
    return index
  }

  /// The place of a string, or the empty one where it belongs.
  private func slot(of token: UnsafeRawBufferPointer) -> Int {
    var slot = Self.hash(token) & (slots.count - 1)
    while slots[slot] >= 0, !matches(Int(slots[slot]), token) {
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private func matches(_ index: Int, _ token: UnsafeRawBufferPointer) -> Bool {
    self[index].elementsEqual(token)
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: 2 * slots.count)
    for index in 0..<count {
      let slot = self[index].withUnsafeBytes { self.slot(of: $0) }
      slots[slot] = Int32(index)
    }
  }

  /// FNV-1a.
  private static func hash(_ token: UnsafeRawBufferPointer) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in token { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return Int(truncatingIfNeeded: hash ^ hash >> 32)
  }
}
