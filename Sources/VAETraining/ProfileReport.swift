public import TensorCore

/// Asks for a profile of some training steps.
public struct ProfileRequest: Sendable, Equatable {
  /// How many steps are profiled.
  public var steps: Int
  /// Steps before them, at least.
  ///
  /// More pass until the loss no longer changes with the step, unless that takes more than 1,000, and its passes are
  /// captured, if they will be, but never so many that too few are left.
  public var warmUp: Int

  /// Asks for so many steps.
  public init(steps: Int = 50, warmUp: Int = 10) {
    self.steps = steps
    self.warmUp = warmUp
  }

  func validate() throws(TrainingError) {
    guard steps >= 1, warmUp >= 0 else {
      throw TrainingError("a profile takes 1 step or more, after a warm-up of 0 or more")
    }
  }
}

/// Where the time of some training steps went.
public struct ProfileReport: Sendable {
  /// One step.
  public struct Step: Sendable {
    /// Its number, counted from 1.
    public let number: Int
    /// Seconds from the profile's beginning to the step.
    public let start: Double
    /// Seconds the step took, without what is done between steps.
    public let seconds: Double
    /// Whether its passes were kernels and nothing else.
    public let isCaptured: Bool
  }

  /// What a primitive, or one call of it, took in an average step.
  public struct Row: Sendable {
    /// The name of the primitive, or of what the host does.
    public let name: String
    /// Whether it is a primitive.
    public let isKernel: Bool
    /// What it reads and writes, where the row is of calls with the same shapes: `[128, 784], [400, 784] -> [128, 400]`.
    public let operands: String
    /// Calls a step.
    public let calls: Double
    /// Seconds a step.
    public let seconds: Double
    /// Its part of the step, of 1.
    public let share: Double
    /// Multiplications and additions a second, where the primitive counts them.
    public let operationsPerSecond: Double?
  }

  /// The steps, in order.
  public let steps: [Step]
  /// What was timed in them, in order.
  public let entries: [Profile.Entry]
  /// How many threads the kernels used.
  public let threadCount: Int
  /// Why some steps were not captured; nil where all were.
  public let obstacle: String?
  /// Where an average step's time went: the primitives, then what the host does, each with the longest first.
  ///
  /// The last row is what is left to the host, so that the shares add up to 1.
  public let rows: [Row]
  /// The same by the shapes of the operands, the longest first, without the host's rest.
  public let calls: [Row]

  init(steps: [Step], entries: [Profile.Entry], threadCount: Int, obstacle: String?) {
    self.steps = steps
    self.entries = entries
    self.threadCount = threadCount
    self.obstacle = obstacle
    var primitives: [Key: Sum] = [:]
    var calls: [Key: Sum] = [:]
    for entry in entries {
      primitives[Key(name: entry.name, isKernel: entry.isKernel), default: Sum()].add(entry)
      let key = Key(
        name: entry.name, isKernel: entry.isKernel, shapes: entry.shapes,
        readCount: entry.readCount)
      calls[key, default: Sum()].add(entry)
    }
    let total = steps.reduce(0) { $0 + $1.seconds }
    func rows(_ sums: [Key: Sum]) -> [Row] {
      sums.map { $0.row($1, steps: steps.count, total: total) }.sorted {
        ($1.seconds, $0.name, $0.operands) < ($0.seconds, $1.name, $1.operands)
      }
    }
    let timed = rows(primitives)
    let rest = total - entries.reduce(0) { $0 + $1.seconds }
    self.rows =
      timed.filter(\.isKernel) + timed.filter { !$0.isKernel } + [
        Row(
          name: "rest on the host", isKernel: false, operands: "", calls: 1,
          seconds: rest / Double(steps.count), share: total > 0 ? rest / total : 0,
          operationsPerSecond: nil)
      ]
    self.calls = rows(calls)
  }

  /// Seconds of an average step.
  public var secondsPerStep: Double {
    steps.reduce(0) { $0 + $1.seconds } / Double(steps.count)
  }

  /// What entries are summed by.
  private struct Key: Hashable {
    let name: String
    let isKernel: Bool
    var shapes: [Shape?] = []
    var readCount = 0

    func row(_ sum: Sum, steps: Int, total: Double) -> Row {
      Row(
        name: name, isKernel: isKernel, operands: operandText(shapes, readCount),
        calls: Double(sum.calls) / Double(steps), seconds: sum.seconds / Double(steps),
        share: total > 0 ? sum.seconds / total : 0,
        operationsPerSecond: sum.operations > 0 && sum.seconds > 0
          ? sum.operations / sum.seconds : nil)
    }
  }

  private struct Sum {
    var calls = 0
    var seconds = 0.0
    var operations = 0.0

    mutating func add(_ entry: Profile.Entry) {
      calls += 1
      seconds += entry.seconds
      operations += entry.operations
    }
  }
}

/// What a call reads and writes: `[128, 784], [400, 784] -> [128, 400]`.
func operandText(_ shapes: [Shape?], _ readCount: Int) -> String {
  func list(_ shapes: ArraySlice<Shape?>) -> String {
    shapes.compactMap { $0?.description }.joined(separator: ", ")
  }
  guard !shapes.isEmpty else { return "" }
  let (read, written) = (list(shapes[..<readCount]), list(shapes[readCount...]))
  if written.isEmpty { return read }
  return read.isEmpty ? "-> \(written)" : "\(read) -> \(written)"
}
