internal import CTensorKernels
internal import Synchronization

/// A block of pooled memory.
///
/// `@unchecked Sendable` rests on one rule: a block is written only while a single tensor holds it, that
/// is before the tensor is first handed out or after `isKnownUniquelyReferenced` said so.
final class Storage: @unchecked Sendable {
  let bytes: UnsafeMutableRawPointer
  /// No other block of the process has it, nor had it.
  let id = Storage.serial.add(1, ordering: .relaxed).newValue
  /// 0 for memory that belongs to somebody else.
  private let capacity: Int
  private static let serial = Atomic<UInt64>(0)

  init(byteCount: Int) {
    var capacity = 0
    guard let bytes = vae_pool_take(byteCount, &capacity) else {
      preconditionFailure("no memory for \(byteCount) bytes")
    }
    self.bytes = bytes
    self.capacity = capacity
  }

  /// Memory that outlives this and is not given back by it.
  init(borrowing bytes: UnsafeMutableRawPointer) { (self.bytes, capacity) = (bytes, 0) }

  deinit { if capacity > 0 { vae_pool_give(bytes, capacity) } }
}

/// What the pool of tensor memory holds, for tests and profiles.
public enum MemoryPool {
  /// How many blocks were asked of the system since the process began; level once training runs.
  public static var systemAllocations: Int { Int(vae_pool_system_allocations()) }

  /// Bytes held, in use or waiting for the next tensor of their size.
  public static var byteCount: Int { Int(vae_pool_bytes()) }

  /// Gives what waits in the pool back to the system.
  public static func trim() { vae_pool_trim() }
}
