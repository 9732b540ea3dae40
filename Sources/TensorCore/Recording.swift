internal import CTensorKernels

/// The kernels that a computation called, in order, and the memory they worked on.
///
/// Two recordings of the same computation are equal when nothing but the numbers in its inputs, its state and its random
/// key can differ: then the kernels alone are the computation.
package final class Recording {
  /// Where a buffer's numbers come from.
  enum Origin {
    /// Written by a kernel before it is read.
    case temporary
    /// Made outside or on the host; the same at every run.
    case constant(Storage)
    case input(Int)
    case state(Int)
  }

  struct Buffer {
    let byteCount: Int
    let origin: Origin

    var isTemporary: Bool { if case .temporary = origin { true } else { false } }
  }

  struct Output: Equatable {
    let place: Int
    let shape: Shape
    let dtype: DType
  }

  struct Call {
    let kernel: any Kernel
    /// Places of the operands among the buffers; -1 for one that is not there.
    var operands: [Int]
    /// How many of them are read; the others are written.
    let readCount: Int
    var shapes: [Shape?]
  }

  private(set) var buffers: [Buffer] = []
  private(set) var calls: [Call] = []
  /// What the computation gives, and its place; nil where it gives nothing.
  private(set) var outputs: [Output?] = []
  /// Why the kernels alone are not the computation; nil where they are.
  package private(set) var failure: String?
  private var places: [UInt64: Int] = [:]
  private var keys: [UInt64: Tensor] = [:]
  private let state: [UInt64]

  /// A recording of a computation over these inputs, the first of which is the bits of its random key.
  ///
  /// The state is what persists from run to run and may be changed, such as weights.
  package init(key: RandomKey, inputs: [Tensor], state: [Tensor]) {
    self.state = state.map(\.memory.id)
    let source = Tensor(keyBits: key.key)
    keys[key.key] = source
    for (i, tensor) in ([source] + inputs).enumerated() { enter(tensor, .input(i)) }
    for (i, tensor) in state.enumerated() { enter(tensor, .state(i)) }
  }

  /// Whether the calling thread is recording.
  package static var isUnderWay: Bool { Watch.current?.recording != nil }

  /// Runs the computation; `state` tells what state it left.
  package func record(_ body: () -> [Tensor?], state: () -> [Tensor]) -> [Tensor?] {
    let given = Watch.recording(self, body)
    finish(outputs: given, state: state())
    return given
  }

  private func finish(outputs: [Tensor?], state after: [Tensor]) {
    self.outputs = outputs.map { tensor in
      tensor.map { Output(place: place($0), shape: $0.shape, dtype: $0.dtype) }
    }
    for (i, tensor) in after.enumerated() where tensor.memory.id != state[i] {
      guard let old = places[state[i]] else { return fail("state came from nowhere") }
      if case .state = buffers[place(tensor)].origin { return fail("states change places") }
      calls.append(
        Call(
          kernel: Copy(byteCount: tensor.byteCount), operands: [place(tensor), old], readCount: 1,
          shapes: [tensor.shape, tensor.shape]))
    }
    places = [:]
    keys = [:]
  }

  private func enter(_ tensor: Tensor, _ origin: Origin) {
    places[tensor.memory.id] = buffers.count
    buffers.append(Buffer(byteCount: tensor.byteCount, origin: origin))
  }

  /// Where a tensor's memory stands; what no kernel wrote is a constant.
  private func place(_ tensor: Tensor) -> Int {
    if let place = places[tensor.memory.id] { return place }
    enter(tensor, .constant(tensor.memory))
    return buffers.count - 1
  }

  func add(_ kernel: some Kernel, reading inputs: [Tensor?], writing outputs: [Tensor?]) {
    guard failure == nil else { return }
    var operands = inputs.map { $0.map { place($0) } ?? -1 }
    for tensor in outputs {
      guard let tensor else {
        operands.append(-1)
        continue
      }
      if places[tensor.memory.id] == nil { enter(tensor, .temporary) }
      operands.append(place(tensor))
    }
    calls.append(
      Call(
        kernel: kernel, operands: operands, readCount: inputs.count,
        shapes: (inputs + outputs).map { $0?.shape }))
  }

  /// Says that the computation cannot be recorded, and why; the first reason counts.
  func fail(_ reason: String) { failure = failure ?? reason }

  /// Hears that the host looks at a tensor's numbers, or writes them: only those of constants do not change.
  func hostTouches(_ tensor: Tensor, writing: Bool = false) {
    guard let place = places[tensor.memory.id] else { return }
    if case .constant = buffers[place].origin, !writing { return }
    fail("numbers of \(tensor.shape) are \(writing ? "written" : "read") outside of kernels")
  }

  /// Whether a kernel that changes a tensor in place must have a copy: what was there before the recording stays.
  func mustCopy(_ tensor: Tensor) -> Bool {
    guard let place = places[tensor.memory.id] else { return true }
    if case .temporary = buffers[place].origin { return false }
    return true
  }

  // MARK: - Randomness

  /// The memory that holds a key's bits.
  func source(of key: UInt64) -> Tensor? {
    if keys[key] == nil { fail("a random key comes from outside of the pass") }
    return keys[key]
  }

  /// Hears that a key was made from another.
  func derive(_ made: UInt64, from key: UInt64, by rule: KeyDerivation) {
    guard let source = source(of: key) else { return }
    keys[made] = Tensor([2], .int32, by: rule, source)
  }
}

extension Recording {
  /// Why another recording is not of the same computation; nil where it is.
  package func difference(from other: Recording) -> String? {
    if let reason = failure ?? other.failure { return reason }
    guard calls.count == other.calls.count, buffers.count == other.buffers.count,
      outputs == other.outputs
    else { return "the operations change from step to step" }
    for (call, another) in zip(calls, other.calls) {
      guard call.operands == another.operands, Self.equal(call.kernel, another.kernel) else {
        return "a number in \(call.kernel.name) changes from step to step"
      }
    }
    for (buffer, another) in zip(buffers, other.buffers) {
      guard buffer.byteCount == another.byteCount else { return "shapes change from step to step" }
      switch (buffer.origin, another.origin) {
      case (.temporary, .temporary), (.input, .input), (.state, .state): break
      case (.constant(let a), .constant(let b)):
        guard a === b || vae_equal(a.bytes, b.bytes, buffer.byteCount) != 0 else {
          return "numbers made outside of kernels change from step to step"
        }
      default: return "memory changes its origin from step to step"
      }
    }
    return nil
  }

  private static func equal<K: Kernel>(_ kernel: K, _ other: any Kernel) -> Bool {
    other as? K == kernel
  }
}
