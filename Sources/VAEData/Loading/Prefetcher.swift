#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Makes items on a thread of its own, a few ahead of whoever takes them.
///
/// The thread sleeps while enough items wait. Dropping the prefetcher stops it and waits for its end.
final class Prefetcher<Item: Sendable> {
  private let range: Range<Int>
  private let make: @Sendable (Int) throws -> Item
  private let queue: Queue
  private var thread: pthread_t?
  /// The next index, where there is no thread.
  private var position: Int

  /// Makes the items of `range`, at most `depth` ahead; with 0, each when it is asked for.
  init(_ range: Range<Int>, depth: Int, make: @escaping @Sendable (Int) throws -> Item) {
    self.range = range
    self.make = make
    position = range.lowerBound
    queue = Queue(depth: depth)
    if depth > 0 && !range.isEmpty { start() }
  }

  deinit {
    guard let thread else { return }
    queue.cancel()
    pthread_join(thread, nil)
  }

  /// The next item, or nil after the last; what `make` throws is thrown here, and ends the items.
  func next() throws -> Item? {
    if thread != nil { return try queue.take()?.get() }
    guard position < range.upperBound else { return nil }
    let index = position
    position = range.upperBound  // where it stays if this throws
    let item = try make(index)
    position = index + 1
    return item
  }

  private func start() {
    let work = Work { [range, make, queue] in
      for index in range {
        let item = Result { try make(index) }
        guard queue.put(item), case .success = item else { break }
      }
      queue.finish()
    }
    let argument = Unmanaged.passRetained(work)
    #if canImport(Darwin)
      var created: pthread_t?
    #else
      var created = pthread_t()
    #endif
    let status = pthread_create(&created, nil, runWork, argument.toOpaque())
    // Without a thread, items are made when they are asked for.
    if status == 0 { thread = created } else { argument.release() }
  }

  /// The items that wait, behind a lock.
  ///
  /// `@unchecked Sendable`: every stored property is touched only while the lock is held.
  private final class Queue: @unchecked Sendable {
    private let depth: Int
    private var waiting: [Result<Item, any Error>] = []
    private var isFinished = false
    private var isCancelled = false
    private let lock = Lock()

    init(depth: Int) { self.depth = depth }

    /// Adds an item when there is room; false once nobody wants more.
    func put(_ item: Result<Item, any Error>) -> Bool {
      lock.locked {
        while waiting.count >= depth && !isCancelled { lock.waitForChange() }
        guard !isCancelled else { return false }
        waiting.append(item)
        lock.announceChange()
        return true
      }
    }

    /// Takes the oldest item, once there is one; nil after the last.
    func take() -> Result<Item, any Error>? {
      lock.locked {
        while waiting.isEmpty && !isFinished { lock.waitForChange() }
        guard !waiting.isEmpty else { return nil }
        lock.announceChange()
        return waiting.removeFirst()
      }
    }

    func finish() {
      lock.locked {
        isFinished = true
        lock.announceChange()
      }
    }

    func cancel() {
      lock.locked {
        isCancelled = true
        lock.announceChange()
      }
    }
  }
}

/// What a thread runs.
private final class Work {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

#if canImport(Darwin)
  private func runWork(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }
#else
  private func runWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
    return nil
  }
#endif
