/// Where the time of a thread's kernels goes, call by call.
public final class Profile {
  /// One call of a kernel.
  public struct Entry: Sendable {
    /// The kernel's name.
    public let name: String
    /// The shapes of what it reads and writes.
    public let shapes: [Shape?]
    /// Multiplications and additions of a dense product, otherwise 0.
    public let operations: Double
    /// Seconds from the profile's beginning to the call.
    public let start: Double
    /// Seconds the call took.
    public let seconds: Double
  }

  /// The calls so far, in order.
  public private(set) var entries: [Entry] = []
  private let clock = ContinuousClock()
  private let beginning: ContinuousClock.Instant

  /// A profile without calls.
  public init() { beginning = clock.now }

  /// Seconds since the profile's beginning.
  public var now: Double { (clock.now - beginning) / .seconds(1) }

  /// Times every kernel that `body` runs on this thread.
  public func watch<R>(_ body: () throws -> R) rethrows -> R { try Watch.profiling(self, body) }

  func add(_ name: String, _ operations: Double, _ shapes: [Shape?], from start: Double) {
    entries.append(
      Entry(
        name: name, shapes: shapes, operations: operations, start: start, seconds: now - start))
  }
}
