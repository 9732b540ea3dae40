internal import SystemFiles

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Bytes that do not change while somebody holds them: a mapped file, or memory that was filled once.
///
/// `@unchecked Sendable` rests on that: `init(count:for:filling:)` writes before anybody else can see
/// the bytes, and nothing writes after.
final class Region: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  /// Whether the bytes are a file's, and may have to be read from it first.
  let isMapped: Bool

  /// A file whose pages are read when they are first touched, and can be dropped by the system.
  init(mapping file: DataFile) throws(DataError) {
    isMapped = true
    bytes = try Self.map(count: file.count, descriptor: file.descriptor, path: file.path)
  }

  /// Exactly `count` bytes, zero until `fill` writes them.
  ///
  /// `path` is what errors name; a count that the machine cannot hold is one of them.
  init(
    count: Int, for path: String,
    filling fill: (UnsafeMutableRawBufferPointer) throws(DataError) -> Void
  ) throws(DataError) {
    isMapped = false
    bytes = try Self.map(count: count, descriptor: -1, path: path)
    try fill(UnsafeMutableRawBufferPointer(mutating: bytes))
  }

  deinit {
    if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
  }

  private static func map(
    count: Int, descriptor: Int32, path: String
  ) throws(DataError) -> UnsafeRawBufferPointer {
    guard count > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    let isFile = descriptor >= 0
    let address = mmap(
      nil, count, isFile ? PROT_READ : PROT_READ | PROT_WRITE,
      MAP_PRIVATE | (isFile ? 0 : Int32(MAP_ANON)), descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw DataError(
        .bad, path, "its \(count) bytes do not fit into memory: \(systemReason()).")
    }
    return UnsafeRawBufferPointer(start: address, count: count)
  }
}
