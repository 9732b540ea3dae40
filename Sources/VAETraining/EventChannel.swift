internal import Synchronization

/// Events on their way from the training thread to one reader.
final class EventChannel: Sendable {
  private struct State {
    var events: [TrainingEvent] = []
    var result: Result<Void, any Error>?
    var reader: CheckedContinuation<TrainingEvent?, any Error>?
    var waiting: [CheckedContinuation<Void, any Error>] = []
  }

  private let state = Mutex(State())

  /// Adds an event.
  ///
  /// Of several steps in a row that nobody read, the last is kept.
  func send(_ event: TrainingEvent) {
    let reader = state.withLock { state in
      let reader = state.reader
      state.reader = nil
      if reader == nil {
        if case .step = event, case .step = state.events.last { state.events.removeLast() }
        state.events.append(event)
      }
      return reader
    }
    reader?.resume(returning: event)
  }

  /// Says that no event comes any more, and how the run ended.
  func close(_ result: Result<Void, any Error>) {
    let (reader, waiting) = state.withLock { state in
      defer { (state.reader, state.waiting) = (nil, []) }
      state.result = result
      return (state.reader, state.waiting)
    }
    reader?.resume(with: result.map { nil })
    for continuation in waiting { continuation.resume(with: result) }
  }

  /// The next event, or nil at the end.
  func next() async throws -> TrainingEvent? {
    try await withCheckedThrowingContinuation { continuation in
      let ready: Result<TrainingEvent?, any Error>? = state.withLock { state in
        if !state.events.isEmpty { return .success(state.events.removeFirst()) }
        if let result = state.result { return result.map { nil } }
        precondition(state.reader == nil, "a training run has one reader at a time")
        state.reader = continuation
        return nil
      }
      if let ready { continuation.resume(with: ready) }
    }
  }

  /// Waits for the end.
  func end() async throws {
    try await withCheckedThrowingContinuation { continuation in
      let result = state.withLock { state in
        if state.result == nil { state.waiting.append(continuation) }
        return state.result
      }
      if let result { continuation.resume(with: result) }
    }
  }
}
