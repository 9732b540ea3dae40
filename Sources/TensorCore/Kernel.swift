internal import CTensorKernels

/// The numbers of one call of a loop.
///
/// What it reads and writes stands beside it, as tensors.
///
/// A kernel is a value, so that the calls of a computation can be recorded, compared with those of the next one, and run
/// again without the code that made them. It holds nothing that belongs to one call alone.
protocol Kernel: Equatable {
  /// What profiles call it.
  var name: String { get }
  /// Multiplications and additions of a dense product; 0 for what is bound by memory.
  var operations: Double { get }
  /// Two of its operands that may be the same memory: each element is read before the one in its place is written.
  var sharedMemory: (read: Int, written: Int)? { get }
  /// A result that the kernel can also give in bfloat16.
  var roundedResult: RoundedResult? { get }
  /// Runs on the memory of what it reads, then of what it writes.
  func run(_ memory: Operands)
  /// The kernel to run in its place many times over: with what it would look up at each run at hand.
  func prepared() -> any Kernel
}

extension Kernel {
  var name: String { "\(Self.self)" }
  var operations: Double { 0 }
  var sharedMemory: (read: Int, written: Int)? { nil }
  var roundedResult: RoundedResult? { nil }
  func prepared() -> any Kernel { self }
}

/// A result and the place for the same numbers in bfloat16.
///
/// That place is an operand which nobody gives: a replay fills it to spare a pass of its own over the result.
struct RoundedResult {
  let operand, copy: Int
  /// Whether the result itself may then be missing.
  var mayStandAlone = false
}

/// The memory of a kernel's operands, in the order in which they were given.
struct Operands {
  private let first: UnsafePointer<UnsafeMutableRawPointer?>

  init(_ first: UnsafePointer<UnsafeMutableRawPointer?>) { self.first = first }

  /// The bytes of one operand; nil for one that is not there.
  subscript(_ index: Int) -> UnsafeMutableRawPointer? { first[index] }

  /// The same as float32 numbers.
  func floats(_ index: Int) -> UnsafeMutablePointer<Float>? {
    first[index]?.assumingMemoryBound(to: Float.self)
  }

  /// The same as bfloat16 numbers.
  func roundedNumbers(_ index: Int) -> UnsafeMutablePointer<UInt16>? {
    first[index]?.assumingMemoryBound(to: UInt16.self)
  }

  /// The same as int32 numbers.
  func integers(_ index: Int) -> UnsafeMutablePointer<Int32>? {
    first[index]?.assumingMemoryBound(to: Int32.self)
  }
}

/// Runs a kernel, and shows it to whoever watches this thread.
///
/// What is written is memory that no other tensor holds.
func launch<K: Kernel>(_ kernel: K, reading inputs: [Tensor?], writing outputs: [Tensor?]) {
  guard let watch = Watch.current else { return run(kernel, inputs, outputs) }
  watch.recording?.add(kernel, reading: inputs, writing: outputs)
  guard let profile = watch.profile else { return run(kernel, inputs, outputs) }
  let start = profile.now
  run(kernel, inputs, outputs)
  profile.add(
    kernel.name, kernel.operations, (inputs + outputs).map { $0?.shape },
    readCount: inputs.count, from: start)
}

private func run<K: Kernel>(_ kernel: K, _ inputs: [Tensor?], _ outputs: [Tensor?]) {
  withUnsafeTemporaryAllocation(
    of: UnsafeMutableRawPointer?.self, capacity: inputs.count + outputs.count
  ) { room in
    for (i, tensor) in inputs.enumerated() { room[i] = tensor?.bytes }
    for (i, tensor) in outputs.enumerated() { room[inputs.count + i] = tensor?.bytes }
    if let first = room.baseAddress { kernel.run(Operands(first)) }
  }
  withExtendedLifetime((inputs, outputs)) {}
}

extension Tensor {
  /// What `kernel` makes of its inputs; it writes every element.
  init(_ shape: Shape, _ dtype: DType, by kernel: some Kernel, _ inputs: Tensor?...) {
    self.init(unwritten: shape, dtype)
    launch(kernel, reading: inputs, writing: [self])
  }

  /// Runs a kernel that changes this tensor in place, or a copy of it where its memory is shared; the tensor is its last
  /// operand.
  mutating func modify(
    by kernel: some Kernel, reading inputs: Tensor?..., writing outputs: Tensor?...
  ) {
    if !isAlone || Watch.current?.recording?.mustCopy(self) == true {
      self = Tensor(shape, dtype, by: Copy(byteCount: byteCount), self)
    }
    launch(kernel, reading: inputs, writing: outputs + [self])
  }
}

/// The same bytes in other memory.
struct Copy: Kernel {
  let byteCount: Int
  var name: String { "copy" }

  func run(_ memory: Operands) {
    if let from = memory[0], let to = memory[1] { vae_copy(from, to, byteCount) }
  }
}

/// Zeros.
struct Clear: Kernel {
  let byteCount: Int
  var name: String { "clear" }

  func run(_ memory: Operands) { vae_clear(memory[0], byteCount) }
}
