internal import Glibc
internal import Synchronization

/// Asks a training run to stop, from anywhere: a callback, another task, Ctrl-C.
///
/// The run finishes its step, writes a checkpoint and ends.
public final class StopFlag: Sendable {
  private let state = Atomic<Int32>(0)

  /// A flag that is not raised.
  public init() {}

  /// Asks for a stop.
  public func stop() { state.store(-1, ordering: .relaxed) }

  /// Whether somebody asked for a stop.
  public var isStopped: Bool { state.load(ordering: .relaxed) != 0 }

  /// The signal that asked for the stop (2 for Ctrl-C), where one did.
  public var signal: Int32? {
    let state = state.load(ordering: .relaxed)
    return state > 0 ? state : nil
  }

  fileprivate func stop(by signal: Int32) { state.store(signal, ordering: .relaxed) }

  /// The flag that Ctrl-C and SIGTERM raise from now on.
  ///
  /// Each is caught once: the same signal again ends the process at once, as it does without the flag.
  public static func raisedBySignals() -> StopFlag {
    let flag = signalFlag
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signalFlag.stop(by: $0) }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
    // A process inherits what its parent blocked, and threads of pools block every signal.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] {
      sigaction(signal, &action, nil)
      sigaddset(&signals, signal)
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    return flag
  }
}

/// A signal handler can reach nothing but what is global.
private let signalFlag = StopFlag()
