import CAllocations
import Foundation
import TensorCore

/// Serves one workload: says "ready" when it has warmed up, and then answers each line read from
/// standard input with one round.
///
/// A line of its own JSON object a round; `torch_steps.py` answers in the same way.
func serve(_ workload: Workload, in precision: Precision, seconds: Double) {
  var step = workload.step(in: precision)
  let clock = ContinuousClock()
  func time(_ steps: Int) -> Double {
    clock.measure { for _ in 0..<steps { step() } } / .seconds(1) / Double(steps)
  }
  _ = time(6)  // a step is captured from the fourth on
  let steps = max(1, Int(seconds / time(3)))
  _ = time(steps)
  let demands = Demands { step() }
  // The products have memory of their own, which is not the step's.
  let products = step.products.map { (operations: $0.operations, run: $0.prepared().all) }
  say("ready")
  while readLine() != nil {
    let round = Round(
      seconds: time(steps), megabytes: demands.peakMegabytes,
      step: Round.Step(
        examples: step.exampleCount,
        productOperations: products.reduce(0) { $0 + $1.operations },
        productSeconds: products.reduce(0) { $0 + bestSeconds(rounds: 3, $1.run) },
        heapAllocations: demands.heapAllocations, newBlocks: demands.newBlocks))
    guard let line = try? JSONEncoder().encode(round) else { return }
    say(String(decoding: line, as: UTF8.self))
  }
}

/// What a server tells of one round.
struct Round: Codable {
  /// Seconds a step.
  let seconds: Double
  /// Largest resident memory of the process that takes the steps.
  let megabytes: Double
  /// What only ours tells.
  let step: Step?

  /// What one step is, and what it asks of the system after the warm-up.
  struct Step: Codable {
    /// Observations or images.
    let examples: Int
    /// The step's products: their multiplications and additions, and their time alone.
    let productOperations: Double
    let productSeconds: Double
    /// Blocks asked of the heap; nil where they cannot be counted.
    let heapAllocations: Double?
    /// Blocks by which the pool of tensor memory grew in five steps.
    let newBlocks: Int
  }
}

/// The memory that five steps ask of the system.
private struct Demands {
  /// Calls of `malloc` and its relatives a step, by any thread and library; nil where they cannot be counted.
  let heapAllocations: Double?
  /// Blocks by which the pool of tensor memory grew.
  let newBlocks: Int
  /// The process's largest resident memory so far.
  let peakMegabytes: Double

  init(_ step: () -> Void) {
    let steps = 5
    let blocks = MemoryPool.systemAllocations
    vae_count_allocations(1)
    for _ in 0..<steps { step() }
    vae_count_allocations(0)
    let allocations = vae_allocations()
    heapAllocations = allocations < 0 ? nil : Double(allocations) / Double(steps)
    newBlocks = MemoryPool.systemAllocations - blocks
    var usage = rusage()
    let ownProcess: Int32 = 0  // RUSAGE_SELF, which Linux and Darwin type differently
    getrusage(ownProcess, &usage)
    peakMegabytes = Double(usage.ru_maxrss) / 1024
  }
}

/// Prints what each layer's products cost.
func printLayers(_ workload: Workload) {
  say("\(workload.name): forward | all products of a step")
  for product in workload.step().products {
    let run = product.prepared()
    func text(_ seconds: Double, _ operations: Double) -> String {
      "\(number(seconds * 1e6, 0)) us \(number(operations / seconds * 1e-9, 0)) GFLOP/s"
    }
    say(
      "  \(product.description): \(text(bestSeconds(run.forward), product.forwardOperations)) | "
        + text(bestSeconds(run.all), product.operations))
  }
}

/// A number with a fixed count of decimals.
func number(_ value: Double, _ decimals: Int) -> String {
  String(format: "%.\(decimals)f", value)
}
