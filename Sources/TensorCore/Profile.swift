/// Where the time of a thread's kernels goes, call by call.
public final class Profile {
  /// One call of a kernel, or a stretch of other work that was timed under a name.
  public struct Entry: Sendable {
    /// The primitive's name, or that of the other work.
    public let name: String
    /// Whether it is a kernel's call.
    public let isKernel: Bool
    /// The shapes of what it reads, then of what it writes.
    public let shapes: [Shape?]
    /// How many of them are read.
    public let readCount: Int
    /// Multiplications and additions of a dense product, otherwise 0.
    public let operations: Double
    /// Seconds from the profile's beginning to the call.
    public let start: Double
    /// Seconds the call took.
    public let seconds: Double
  }

  /// The calls so far, in order; none begins before the one ahead of it has ended.
  public private(set) var entries: [Entry] = []
  private let clock = ContinuousClock()
  private let beginning: ContinuousClock.Instant

  /// A profile without calls.
  public init() { beginning = clock.now }

  /// Seconds since the profile's beginning.
  public var now: Double { (clock.now - beginning) / .seconds(1) }

  /// Times every kernel that `body` runs on this thread.
  public func watch<R>(_ body: () throws -> R) rethrows -> R { try Watch.profiling(self, body) }

  /// Times `body` as one entry where somebody profiles this thread, and the kernels in it as a part of that; otherwise it
  /// costs nothing.
  package static func timing<R>(_ name: String, _ body: () throws -> R) rethrows -> R {
    guard let profile = Watch.current?.profile else { return try body() }
    let start = profile.now
    defer { profile.add(name, isKernel: false, 0, [], readCount: 0, from: start) }
    return try Watch.unprofiled(body)
  }

  func add(
    _ name: String, isKernel: Bool = true, _ operations: Double, _ shapes: [Shape?],
    readCount: Int, from start: Double
  ) {
    entries.append(
      Entry(
        name: name, isKernel: isKernel, shapes: shapes, readCount: readCount,
        operations: operations, start: start, seconds: now - start))
  }
}
