internal import Glibc
public import VAECore

/// A training run under way on a thread of its own: a sequence of events that can be watched and cancelled.
///
///     let run = Trainer(options).start(ELBO(model), training: digits)
///     for try await event in run { print(event) }
///     let trained = try await run.finish()
///
/// There is one reader at a time. A slow one misses steps, never an epoch. Cancelling the task that reads, calling
/// ``cancel()`` or letting go of the run makes it finish its step, write a checkpoint and end.
public final class TrainingRun<O: Objective>: AsyncSequence, Sendable {
  /// What happens in the run.
  public typealias Element = TrainingEvent

  private let channel: EventChannel
  private let stop: StopFlag
  private let objective: Handover<O>

  fileprivate init(_ channel: EventChannel, _ stop: StopFlag, _ objective: Handover<O>) {
    self.channel = channel
    self.stop = stop
    self.objective = objective
  }

  deinit { stop.stop() }

  /// Asks the run to finish its step, write a checkpoint and end.
  public func cancel() { stop.stop() }

  /// Waits for the end and gives the trained objective back; it can be taken once.
  public func finish() async throws -> sending O {
    try await channel.end()
    return objective.value
  }

  /// Reads the events that come from now on.
  public func makeAsyncIterator() -> Iterator { Iterator(run: self) }

  /// Hands out events one by one.
  public struct Iterator: AsyncIteratorProtocol {
    let run: TrainingRun

    /// The next event; nil when the run has ended, or the error it ended with.
    public func next() async throws -> TrainingEvent? {
      let (channel, stop) = (run.channel, run.stop)
      return try await withTaskCancellationHandler {
        try await channel.next()
      } onCancel: {
        stop.stop()
      }
    }
  }
}

/// Something that is not `Sendable` on its way from one thread to the next.
///
/// `@unchecked Sendable` rests on the run: the caller gave the value away, the training thread lets go of it before
/// the channel ends, and only then is it handed out again.
private final class Handover<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: sending Value) { self.value = value }
}

extension Trainer {
  /// Trains `objective` on a thread of its own; ``TrainingRun/finish()`` gives it back.
  ///
  /// `measure` and `report` are called on that thread, with the objective as it is then; see
  /// ``fit(_:training:validation:in:resume:acceptsChanges:stop:profile:report:measure:)`` for the rest.
  public func start<O: Objective>(
    _ objective: sending O, training: any BatchSource<O.Batch>,
    validation: (any BatchSource<O.Batch>)? = nil, in folder: RunFolder? = nil,
    resume: Bool = false, profile: ProfileRequest? = nil,
    report: @escaping @Sendable (TrainingEvent, O) throws -> Void = { _, _ in },
    measure: (@Sendable (EpochSummary, O) throws -> EpochMeasures)? = nil
  ) -> TrainingRun<O> where O: SendableMetatype, O.Batch: CountedBatch & Sendable {
    let channel = EventChannel()
    let stop = StopFlag()
    let handover = Handover(objective)
    startThread {
      let result = Result {
        _ = try fit(
          handover.value, training: training, validation: validation, in: folder, resume: resume,
          stop: stop, profile: profile,
          report: { event in
            try report(event, handover.value)
            channel.send(event)
          }, measure: measure.map { measure in { try measure($0, handover.value) } })
      }
      channel.close(result)
    }
    return TrainingRun(channel, stop, handover)
  }
}

/// Runs `body` on a new thread.
///
/// Parallel loops keep their team with the thread that starts them, so
/// training must not wander between the threads of Swift's pool.
private func startThread(_ body: @escaping @Sendable () -> Void) {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setstacksize(&attributes, 16 << 20)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  let box = Unmanaged.passRetained(ThreadBody(body))
  var thread = pthread_t()
  let failure = pthread_create(
    &thread, &attributes,
    { argument in
      if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
      return nil
    }, box.toOpaque())
  precondition(failure == 0, "the system has no thread left: error \(failure)")
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
