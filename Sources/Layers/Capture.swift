package import TensorCore

/// Stands in for a computation over a model's parameters, so that a step of fixed shapes costs its kernels and nothing else.
///
/// The computation runs as it is written until two runs of one signature, one after the other, have called the same kernels
/// with the same numbers; from then on the kernels run alone: no tape, no allocation. A computation whose operations
/// depend on numbers, or which changes from run to run, goes on as it is written.
package final class Capture {
  /// Why the last recording could not stand in for the computation.
  package private(set) var obstacle: String?
  /// Calls so far that were kernels and nothing else.
  package private(set) var replayCount = 0
  private let parameters: [Parameter]
  private let arena: Arena
  private var entries: [Entry] = []
  private let empty = Tensor.zeros([0])

  /// What is known of one signature.
  private final class Entry {
    let signature: [Int]
    var replay: (run: Replay, names: [String])?
    var before: (recording: Recording, names: [String])?
    /// Runs to let pass before the next recording, and how many recordings have failed.
    var pause = 1
    var failures = 0

    init(_ signature: [Int]) { self.signature = signature }
  }

  /// Signatures that are kept: of the training's batches and its short last one, and some more.
  private let limit = 8

  /// A stand-in for a computation over `parameters`, buffers included.
  package init(_ parameters: [Parameter], sharing arena: Arena = Arena()) {
    self.parameters = parameters
    self.arena = arena
  }

  /// How many signatures are captured.
  package var count: Int { entries.count { $0.replay != nil } }

  /// What `body` makes of the inputs, the parameters and the key.
  ///
  /// `body` does the same whenever the signature is the same. The tensors it gives may live in memory that the next
  /// call uses again: they are to be read, or copied, before it.
  package func callAsFunction(
    _ signature: [Int], inputs: [Tensor], key: RandomKey, _ body: () -> [Tensor?]
  ) -> [Tensor?] {
    named(signature, inputs: inputs, key: key) { (body(), []) }.tensors
  }

  /// The same where `body` also names what it gives: runs without its code give the names of their own recording, and
  /// names that change from run to run are a change of the computation.
  package func named(
    _ signature: [Int], inputs: [Tensor], key: RandomKey,
    _ body: () -> (tensors: [Tensor?], names: [String])
  ) -> (tensors: [Tensor?], names: [String]) {
    if Recording.isUnderWay { return body() }
    let entry = entry(for: signature)
    if let (replay, names) = entry.replay {
      replayCount += 1
      let given = replay.run(key: key, inputs: inputs) { i, isChanged in
        parameters[i / 2].address(ofCopy: !i.isMultiple(of: 2), isChanged: isChanged)
      }
      return (given, names)
    }
    guard entry.pause == 0 else {
      entry.pause -= 1
      return body()
    }
    let recording = Recording(key: key, inputs: inputs, state: state)
    var names: [String] = []
    let outputs = recording.record {
      let given = body()
      names = given.names
      return given.tensors
    } state: {
      state
    }
    judge(recording, names, entry)
    return (outputs, names)
  }

  /// Each parameter's value and its copy in bfloat16; an empty tensor for one that has none.
  private var state: [Tensor] {
    parameters.flatMap { [$0.value, $0.rounded ?? empty] }
  }

  private func entry(for signature: [Int]) -> Entry {
    if let known = entries.first(where: { $0.signature == signature }) { return known }
    if entries.count == limit {
      entries.remove(at: entries.firstIndex { $0.replay == nil } ?? 0)
    }
    let entry = Entry(signature)
    entries.append(entry)
    return entry
  }

  private func judge(_ recording: Recording, _ names: [String], _ entry: Entry) {
    if recording.failure == nil, entry.before == nil {
      entry.before = (recording, names)
      return
    }
    obstacle = entry.before?.recording.difference(from: recording) ?? recording.failure
    if let before = entry.before?.names, before != names {
      obstacle = obstacle ?? "the names of what is reported change from step to step"
    }
    entry.before = nil
    if obstacle == nil {
      // What the tape held is the system's again before the arena takes its own.
      MemoryPool.trim()
      entry.replay = (Replay(recording, in: arena), names)
    } else {
      entry.failures += 1
      entry.pause = 1 << min(entry.failures, 20)
    }
  }
}

extension Parameter {
  /// The first byte of the value or of its copy in bfloat16, in memory of its own where it is to be changed.
  fileprivate func address(ofCopy: Bool, isChanged: Bool) -> UnsafeMutableRawPointer? {
    update { value, rounded in
      ofCopy
        ? rounded?.address(isChanged: isChanged) : value.address(isChanged: isChanged)
    }
  }
}
