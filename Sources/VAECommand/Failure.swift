import ArgumentParser
import VAEZoo

/// Why a command ends, in one line, with its exit status.
struct Failure: Error {
  let status: Int32
  let message: String

  /// The sentence and the exit status, numbered as in `sysexits.h`.
  init(_ status: Int32, _ message: String) {
    self.status = status
    self.message = message
  }

  /// What an error of the library means for a command; nil for what argument parsing throws.
  init?(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as ConfigurationError: self.init(64, error.description)
    case let error as CompositionError:
      self.init(64, "the parts of the model do not fit: \(error)")
    case let error as PictureError: self.init(65, error.description)
    case let error as ObservationError: self.init(65, error.description)
    case let error as DataError: self.init(error.kind.exitStatus, error.description)
    case let error as RunError: self.init(error.kind.exitStatus, error.description)
    case let error as CheckpointError: self.init(error.kind.exitStatus, error.description)
    case let error as PNGError: self.init(73, error.description)
    case let error as TrainingError: self.init(70, error.description)
    case is ExitCode, is ValidationError, is CleanExit: return nil
    default:
      guard Root.exitCode(for: error).rawValue == 1 else { return nil }
      self.init(70, "\(error)")
    }
    while message.hasSuffix(".") { self = Failure(status, String(message.dropLast())) }
  }
}

extension RunError.Kind {
  var exitStatus: Int32 {
    switch self {
    case .missing: 66
    case .damaged: 65
    }
  }
}

extension CheckpointError.Kind {
  var exitStatus: Int32 {
    switch self {
    case .missing: 66
    case .damaged, .mismatched: 65
    case .unwritable: 73
    }
  }
}
