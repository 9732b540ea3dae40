import CTensorKernels
import TensorCore
import Testing

/// The team that loops are shared out to, in processes whose count of threads no other test sees.
@Suite struct ThreadTests {
  /// The chunks of a loop are the same however many threads take them, each of them once.
  @Test func chunksDoNotDependOnThreads() async {
    await #expect(processExitsWith: .success) {
      for (count, grain) in [(0, 5), (1, 1), (1000, 1), (1001, 10), (7, 100), (4096, 3)] {
        for threads in [1, 2, 3, 7, 1] {
          Threads.use(threads)
          precondition(Threads.count == threads)
          let chunks = (count + grain - 1) / grain
          let expected = (0..<chunks).map { Chunk(runs: 1, end: min(($0 + 1) * grain, count)) }
          precondition(Chunk.all(count: count, grain: grain) == expected)
        }
      }
    }
  }

  /// Neither do results and gradients, to the bit, in either format and on either path.
  @Test func resultsDoNotDependOnThreads() async {
    await #expect(processExitsWith: .success) {
      func run(_ dtype: DType) -> [[Tensor?]] {
        PrimitiveCase.large.map { primitive in
          let outcome = primitive.outcome(of: primitive.draw().map { $0.converted(to: dtype) })
          return [outcome.result] + outcome.gradients
        }
      }
      for dtype in [DType.float32, .float64] {
        Threads.use(1)
        let alone = run(dtype)
        for threads in 2...3 {
          Threads.use(threads)
          for (i, together) in run(dtype).enumerated() {
            precondition(together == alone[i], "\(PrimitiveCase.large[i].name), \(dtype)")
          }
        }
      }
    }
  }

  /// The count is at least one.
  @Test func countIsClamped() async {
    await #expect(processExitsWith: .success) {
      Threads.use(-3)
      precondition(Threads.count == 1)
      Threads.use(.max)
      precondition(Threads.count == 256)
    }
  }
}

/// What a loop did with one of its chunks.
private struct Chunk: Equatable {
  var runs = 0
  var end = 0

  /// The chunks of a loop that was run once.
  static func all(count: Int, grain: Int) -> [Chunk] {
    var chunks = [Chunk](repeating: Chunk(), count: (count + grain - 1) / grain)
    chunks.withUnsafeMutableBufferPointer { buffer in
      var record = (chunks: buffer, grain: grain)
      vae_parallel_for(
        Int64(count), Int64(grain),
        { context, begin, end in
          let record = context!.assumingMemoryBound(
            to: (chunks: UnsafeMutableBufferPointer<Chunk>, grain: Int).self
          ).pointee
          record.chunks[Int(begin) / record.grain].runs += 1
          record.chunks[Int(begin) / record.grain].end = Int(end)
        }, &record)
    }
    return chunks
  }
}
