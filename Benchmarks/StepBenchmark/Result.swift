/// What was measured of one workload: a row of the table, an object of the JSON.
struct Result: Codable {
  /// What one contender needed.
  struct Figures: Codable {
    /// Of a step, in the best round.
    let milliseconds: Double
    let examplesPerSecond: Double
    /// Largest resident memory.
    let peakMegabytes: Double
  }

  let workload: String
  /// Observations or images of one step.
  let examples: Int
  let ours: Figures
  /// With products that read bfloat16; nil where the processor has no units for them.
  let oursRounded: Figures?
  /// Blocks a step asks of the heap; nil where they cannot be counted.
  let heapAllocations: Double?
  /// Blocks by which the pool of tensor memory grew in five steps after the warm-up.
  let newBlocks: Int
  /// The products of a step: their multiplications and additions in billions, and their time alone.
  let productGigaOperations: Double
  let productMilliseconds: Double
  /// The products' time over the step's: 1 is a step that does nothing else.
  let shareOfLimit: Double
  /// PyTorch's figures by precision and mode; a mode that failed is missing.
  let torch: [String: Figures]
  /// PyTorch's best float32 time over ours.
  let timesAsFast: Double?
  /// PyTorch's best time in any mode over ours with products that read bfloat16.
  let timesAsFastRounded: Double?
  /// Our memory over the least that PyTorch needed in any mode.
  let shareOfTorchMemory: Double?

  /// Nil where ours has no rounds.
  init?(
    _ workload: Workload, ours: [Round], rounded: [Round],
    torch: [(mode: TorchMode, rounds: [Round])]
  ) {
    let steps = ours.compactMap(\.step)
    guard let step = steps.first, let productSeconds = steps.map(\.productSeconds).min(),
      let figures = Figures(ours, examples: step.examples)
    else { return nil }
    self.workload = workload.name
    self.ours = figures
    examples = step.examples
    heapAllocations = step.heapAllocations
    newBlocks = step.newBlocks
    productGigaOperations = step.productOperations * 1e-9
    productMilliseconds = productSeconds * 1e3
    shareOfLimit = productMilliseconds / figures.milliseconds
    var all: [String: Figures] = [:]
    for (mode, rounds) in torch { all[mode.name] = Figures(rounds, examples: step.examples) }
    self.torch = all
    let float32 = torch.map(\.mode).filter { $0.precision == "float32" }
    timesAsFast =
      float32.compactMap { all[$0.name]?.milliseconds }.min().map { $0 / figures.milliseconds }
    let rounded = Figures(rounded, examples: step.examples)
    oursRounded = rounded
    timesAsFastRounded = rounded.flatMap { rounded in
      all.values.map(\.milliseconds).min().map { $0 / rounded.milliseconds }
    }
    shareOfTorchMemory = all.values.map(\.peakMegabytes).min().map { figures.peakMegabytes / $0 }
  }
}

extension Result.Figures {
  /// Nil where there are no rounds.
  fileprivate init?(_ rounds: [Round], examples: Int) {
    guard let seconds = rounds.map(\.seconds).min(),
      let megabytes = rounds.map(\.megabytes).max()
    else { return nil }
    milliseconds = seconds * 1e3
    examplesPerSecond = Double(examples) / seconds
    peakMegabytes = megabytes
  }
}

/// The table of results, in Markdown.
struct Table {
  let showsTorch: Bool

  var head: String {
    let titles =
      [
        "workload", "ms", "bf16 ms", "examples/s", "share of limit", "memory", "heap allocations",
        "new blocks",
      ]
      + (showsTorch
        ? [
          "PyTorch f32 eager", "f32 compiled", "bf16 eager", "bf16 compiled", "PyTorch memory",
          "times as fast (f32)", "times as fast (bf16)",
        ] : [])
    return line(titles) + "\n" + line(titles.map { _ in "---" })
  }

  func row(_ result: Result) -> String {
    var cells = [
      result.workload, number(result.ours.milliseconds, 2),
      text(result.oursRounded?.milliseconds, 2),
      number(result.ours.examplesPerSecond, 0), "\(number(100 * result.shareOfLimit, 0)) %",
      "\(number(result.ours.peakMegabytes, 0)) MB", text(result.heapAllocations, 0),
      "\(result.newBlocks)",
    ]
    if showsTorch {
      cells += TorchMode.all.map { text(result.torch[$0.name]?.milliseconds, 2) }
      let memory = result.torch.values.map(\.peakMegabytes).min()
      cells += [memory.map { "\(number($0, 0)) MB" } ?? "-", text(result.timesAsFast, 2)]
      cells.append(text(result.timesAsFastRounded, 2))
    }
    return line(cells)
  }

  private func text(_ value: Double?, _ decimals: Int) -> String {
    value.map { number($0, decimals) } ?? "-"
  }

  private func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
}
