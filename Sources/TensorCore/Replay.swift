internal import CTensorKernels

/// Memory that several computations use one after the other; it only grows.
package final class Arena {
  private(set) var base: UnsafeMutableRawPointer?
  private var capacity = 0

  /// An arena without memory.
  package init() {}

  /// Makes room for at least `byteCount` bytes; what was there is lost when it moves.
  func reserve(_ byteCount: Int) {
    guard byteCount > capacity else { return }
    if let base { vae_pool_give(base, capacity) }
    base = vae_pool_take(byteCount, &capacity)
  }

  deinit { if let base { vae_pool_give(base, capacity) } }
}

/// A recorded computation, ready to run again: its kernels with the addresses they work on.
///
/// Temporaries lie in one arena and share memory where their lives do not overlap; what the computation gives lies there
/// too, until anything else runs in the arena.
package final class Replay {
  private struct Step {
    let kernel: any Kernel
    let operand: Int
  }

  /// The operands that name a buffer, and the address they hold.
  private struct Binding {
    let operands: [Int]
    var address: UnsafeMutableRawPointer?
  }

  private let steps: [Step]
  private let shapes: [(shapes: [Shape?], readCount: Int)]
  private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private var inputs: [Binding]
  private var states: [Binding]
  /// Operands in the arena, with their offsets.
  private let placed: [(operands: [Int], offset: Int)]
  private let arena: Arena
  private let arenaBytes: Int
  private var boundBase: UnsafeMutableRawPointer?
  private let constants: [Storage]
  private let key: UnsafeMutablePointer<UInt64>
  private let outputs: [Output?]
  private var tensors: [Tensor?] = []
  private let isChanged: [Bool]
  /// Whether it gives an input or a part of the state as it is.
  private let givesBindings: Bool

  /// What the computation gives, and where.
  private struct Output {
    enum Place { case arena(Int), constant(Storage), input(Int), state(Int) }
    let place: Place
    let shape: Shape
    let dtype: DType
  }

  /// The computation of a recording without failure, with its temporaries in `arena`.
  package init(_ recording: Recording, in arena: Arena) {
    self.arena = arena
    let calls = recording.leavingOutUnread(recording.callsWithCastsFolded())
    let uses = Self.operands(of: calls, bufferCount: recording.buffers.count)
    let plan = MemoryPlan(recording, calls)
    let operandCount = calls.reduce(0) { $0 + $1.operands.count }
    addresses = .allocate(capacity: max(operandCount, 1))
    addresses.initialize(repeating: nil, count: max(operandCount, 1))
    key = .allocate(capacity: 1)
    key.initialize(to: 0)

    var inputs: [Binding] = [], states: [Binding] = []
    var placed: [(operands: [Int], offset: Int)] = [], constants: [Storage] = []
    var whereabouts: [Output.Place] = []
    for (place, buffer) in recording.buffers.enumerated() {
      switch buffer.origin {
      case .temporary:
        placed.append((uses[place], plan.offsets[place]))
        whereabouts.append(.arena(plan.offsets[place]))
      case .constant(let storage):
        for operand in uses[place] { addresses[operand] = storage.bytes }
        constants.append(storage)
        whereabouts.append(.constant(storage))
      case .input(let i):
        whereabouts.append(.input(i))
        inputs.append(Binding(operands: uses[place], address: nil))
      case .state(let i):
        whereabouts.append(.state(i))
        states.append(Binding(operands: uses[place], address: nil))
      }
    }
    (self.inputs, self.states, self.placed, self.constants) = (inputs, states, placed, constants)
    outputs = recording.outputs.map { [whereabouts] output in
      output.map { Output(place: whereabouts[$0.place], shape: $0.shape, dtype: $0.dtype) }
    }
    givesBindings = outputs.contains { output in
      switch output?.place {
      case .input, .state: true
      case .arena, .constant, nil: false
      }
    }
    arenaBytes = plan.byteCount
    isChanged = Self.changedStates(of: recording, count: states.count)
    var operand = 0
    steps = calls.map { call in
      defer { operand += call.operands.count }
      return Step(kernel: call.kernel.prepared(), operand: operand)
    }
    shapes = calls.map { ($0.shapes, $0.readCount) }
  }

  deinit {
    addresses.deallocate()
    key.deallocate()
  }

  /// For each buffer the operands that name it.
  private static func operands(of calls: [Recording.Call], bufferCount: Int) -> [[Int]] {
    var uses = [[Int]](repeating: [], count: bufferCount)
    var operand = 0
    for call in calls {
      for place in call.operands {
        if place >= 0 { uses[place].append(operand) }
        operand += 1
      }
    }
    return uses
  }

  private static func changedStates(of recording: Recording, count: Int) -> [Bool] {
    var changed = [Bool](repeating: false, count: count)
    for call in recording.calls {
      for place in call.operands.dropFirst(call.readCount) where place >= 0 {
        if case .state(let i) = recording.buffers[place].origin { changed[i] = true }
      }
    }
    return changed
  }

  /// Runs the computation on the bytes of its inputs, with the key and the state where they are now.
  ///
  /// `state` gives the address of one part of the state, memory of its own where it will be changed. What the computation
  /// gives stands until anything else runs in the arena.
  package func run(
    key: RandomKey, inputs: [Tensor],
    state: (Int, _ isChanged: Bool) -> UnsafeMutableRawPointer?
  ) -> [Tensor?] {
    arena.reserve(arenaBytes)
    self.key.pointee = key.key
    bind(&self.inputs[0], UnsafeMutableRawPointer(self.key))
    for i in inputs.indices { bind(&self.inputs[i + 1], inputs[i].bytes) }
    for i in states.indices { bind(&states[i], state(i, isChanged[i])) }
    let hasMoved = arena.base != boundBase || tensors.count != outputs.count
    if hasMoved { bindArena() }
    if let profile = Watch.current?.profile {
      for (step, call) in zip(steps, shapes) {
        let start = profile.now
        step.kernel.run(Operands(addresses + step.operand))
        profile.add(
          step.kernel.name, step.kernel.operations, call.shapes, readCount: call.readCount,
          from: start)
      }
    } else {
      for step in steps { step.kernel.run(Operands(addresses + step.operand)) }
    }
    if hasMoved || givesBindings { tensors = outputs.map { $0.map(tensor) } }
    return tensors
  }

  private func bind(_ binding: inout Binding, _ address: UnsafeMutableRawPointer?) {
    guard binding.address != address else { return }
    binding.address = address
    for operand in binding.operands { addresses[operand] = address }
  }

  private func bindArena() {
    guard let base = arena.base else { return }
    for buffer in placed {
      for operand in buffer.operands { addresses[operand] = base + buffer.offset }
    }
    boundBase = base
  }

  private func tensor(_ output: Output) -> Tensor {
    let address: UnsafeMutableRawPointer? =
      switch output.place {
      case .arena(let offset): arena.base.map { $0 + offset }
      case .constant(let storage): storage.bytes
      case .input(let i): inputs[i].address
      case .state(let i): states[i].address
      }
    guard let address else { preconditionFailure("the computation has not run") }
    return Tensor(borrowing: address, output.shape, output.dtype)
  }
}

/// Where the temporaries of a recording lie in an arena: apart while both live.
private struct MemoryPlan {
  private(set) var offsets: [Int]
  private(set) var byteCount = 0

  init(_ recording: Recording, _ calls: [Recording.Call]) {
    let count = recording.buffers.count
    offsets = [Int](repeating: 0, count: count)
    var first = [Int](repeating: .max, count: count), last = [Int](repeating: -1, count: count)
    for (time, call) in calls.enumerated() {
      for place in call.operands where place >= 0 {
        first[place] = min(first[place], time)
        last[place] = time
      }
    }
    for case let output? in recording.outputs { last[output.place] = calls.count }
    let temporaries = recording.buffers.indices.filter {
      last[$0] >= 0 && recording.buffers[$0].isTemporary
    }
    // What a kernel may write over what it reads for the last time lies there.
    var hosts = [Int](repeating: -1, count: count)
    for place in temporaries { hosts[place] = place }
    for (time, call) in calls.enumerated() {
      guard let shared = call.kernel.sharedMemory else { continue }
      let (read, written) = (call.operands[shared.read], call.operands[shared.written])
      guard read >= 0 && written >= 0 && hosts[read] >= 0 && hosts[written] == written,
        last[hosts[read]] == time && first[written] == time,
        recording.buffers[read].byteCount == recording.buffers[written].byteCount
      else { continue }
      hosts[written] = hosts[read]
      last[hosts[read]] = last[written]
    }
    // The largest first, each in the lowest gap that is free for all its life.
    let order = temporaries.filter { hosts[$0] == $0 }.sorted {
      let (a, b) = (recording.buffers[$0].byteCount, recording.buffers[$1].byteCount)
      return a == b ? $0 < $1 : a > b
    }
    var settled: [(place: Int, end: Int)] = []  // by offset
    for place in order {
      let size = (max(recording.buffers[place].byteCount, 1) + 63) & ~63
      var offset = 0
      for other in settled
      where first[other.place] <= last[place] && first[place] <= last[other.place] {
        if offset + size <= offsets[other.place] { break }
        offset = max(offset, other.end)
      }
      offsets[place] = offset
      let at = settled.firstIndex { offsets[$0.place] > offset } ?? settled.count
      settled.insert((place, offset + size), at: at)
      byteCount = max(byteCount, offset + size)
    }
    for place in temporaries { offsets[place] = offsets[hosts[place]] }
  }
}
