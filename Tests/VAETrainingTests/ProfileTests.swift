import BernoulliFamily
import ELBOObjective
import GaussianFamily
import MLPComponents
import SystemFiles
import TensorCore
import Testing
import VAECore

@testable import VAETraining

@Suite struct ProfileTests {
  private func objective(_ klWeight: KLWeight = .constant(1)) throws -> some Objective<
    Batch<Tensor>
  > {
    var key = RandomKey(seed: 1)
    let model = try VAE(
      encoder: MLPEncoder(observationShape: [4, 4, 1], hidden: [12], using: &key),
      posterior: DiagonalGaussianPosterior(featureCount: 12, latentCount: 2, using: &key),
      prior: StandardNormalPrior(latentCount: 2),
      decoder: MLPDecoder(latentCount: 2, hidden: [12], parameterShape: [4, 4, 1], using: &key),
      likelihood: BernoulliLikelihood())
    return ELBO(model, klWeight: klWeight)
  }

  private struct Run {
    var reports: [ProfileReport] = []
    var warnings: [String] = []
    var afterSteps = 0

    mutating func hear(_ event: TrainingEvent) {
      switch event {
      case .step where reports.isEmpty: afterSteps += 1
      case .profiled(let report): reports.append(report)
      case .warning(let text): warnings.append(text)
      default: break
      }
    }

    var report: ProfileReport { get throws { try #require(reports.first) } }
  }

  /// Epochs of four batches, the last of them smaller; 16 of them are 64 steps.
  private func profile(
    _ request: ProfileRequest?, epochs: Int = 16, klWeight: KLWeight = .constant(1),
    isWritten: Bool = false, in folder: RunFolder? = nil, resume: Bool = false,
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> Run {
    var options = TrainingOptions(epochs: epochs, optimizer: .adam())
    change(&options)
    var run = Run()
    func fit(_ objective: some Objective<Batch<Tensor>>) throws {
      try Trainer(options).fit(
        objective, training: Bars(), validation: Bars(), in: folder, resume: resume,
        profile: request, report: { run.hear($0) })
    }
    let objective = try objective(klWeight)
    try isWritten ? fit(Written(objective)) : fit(objective)
    return run
  }

  @Test func namesThePrimitivesOfAStep() throws {
    let report = try profile(ProfileRequest(steps: 20)).report
    let kernels = Set(report.rows.filter(\.isKernel).map(\.name))
    for name in ["matmul", "relu pullback", "reparameterize with kl", "bernoulli"] {
      #expect(kernels.contains(name), "\(kernels)")
    }
    // Codes and their divergence take one pass, and so do the gradients.
    #expect(kernels.contains("reparameterize with kl pullback"))
    #expect(!kernels.contains("kl divergence") && !kernels.contains("reparameterize"))
    #expect(kernels.allSatisfy { $0 == $0.lowercased() })
    #expect(
      Set(report.rows.filter { !$0.isKernel }.map(\.name)) == [
        "data", "optimizer", "rest on the host",
      ])
    // Four layers: forward, by weight, and by input save of the first.
    let matmul = try #require(report.rows.first { $0.name == "matmul" })
    #expect(matmul.calls == 11 && (matmul.operationsPerSecond ?? 0) > 0)
    #expect(report.rows.last?.name == "rest on the host")
    #expect(report.calls.contains { $0.operands.hasPrefix("[16, 16], ") }, "\(report.calls)")
  }

  @Test func sharesAndTimesAddUp() throws {
    let report = try profile(ProfileRequest(steps: 20)) {
      $0.clipNorm = 1
      $0.emaDecay = 0.9
      $0.accumulate = 2
    }.report
    let shares = report.rows.reduce(0) { $0 + $1.share }
    #expect(abs(shares - 1) < 1e-9)
    #expect(report.rows.allSatisfy { $0.share >= 0 })
    let seconds = report.rows.reduce(0) { $0 + $1.seconds }
    #expect(abs(seconds - report.secondsPerStep) < 1e-9)
    let calls = report.calls.reduce(0) { $0 + $1.seconds }
    #expect(abs(calls + (report.rows.last?.seconds ?? 0) - seconds) < 1e-9)
    #expect(report.rows.contains { $0.name == "gradient norm" })
    #expect(report.rows.first { $0.name == "data" }?.calls == 2)
  }

  @Test func everyCallLiesWithinItsStepAndBehindTheLast() throws {
    let report = try profile(ProfileRequest(steps: 20)).report
    #expect(
      report.steps.map(\.number) == Array(report.steps[0].number..<(report.steps[0].number + 20)))
    var entries = report.entries[...]
    var time = 0.0
    for step in report.steps {
      #expect(step.start >= time)
      time = step.start
      let end = step.start + step.seconds + 1e-12
      var count = 0
      while let entry = entries.first, entry.start < end {
        #expect(entry.start >= time && entry.seconds >= 0 && entry.start + entry.seconds <= end)
        time = entry.start + entry.seconds
        entries.removeFirst()
        count += 1
      }
      #expect(count > 20)
    }
    #expect(entries.isEmpty)
  }

  @Test func theTraceIsWhatViewersRead() throws {
    let folder = try TemporaryFolder()
    let report = try profile(ProfileRequest(steps: 7), in: RunFolder(folder.path)).report
    let trace = try JSONReader.read(try #require(contents("\(folder.path)/profile.json"))[...])
    guard case .array(let events)? = trace["traceEvents"] else {
      Issue.record("no events")
      return
    }
    func number(_ event: JSONValue, _ name: String) -> Double {
      if case .number(let text)? = event[name] { Double(text) ?? .nan } else { .nan }
    }
    let complete = events.filter { $0["ph"]?.text == "X" }
    #expect(complete.count == report.steps.count + report.entries.count)
    #expect(events.filter { $0["ph"]?.text == "M" }.count == 2)
    #expect(trace["displayTimeUnit"]?.text == "ns")
    #expect(complete.filter { $0["cat"]?.text == "step" }.count == 7)
    var last = 0.0
    var end = 0.0
    for event in complete {
      let (start, duration) = (number(event, "ts"), number(event, "dur"))
      #expect(start >= last && duration >= 0)
      #expect(number(event, "pid") == 1 && number(event, "tid") == 1)
      last = start
      if event["cat"]?.text == "step" {
        #expect(start >= end - 2e-6)
        end = start + duration + 1e-6
      } else {
        #expect(start + duration <= end)
      }
    }
    let product = try #require(complete.first { $0["name"]?.text == "matmul" })
    #expect(product["args"]?["shapes"]?.text?.contains(" -> ") == true)
    #expect(number(try #require(product["args"]), "GFLOP/s") >= 0)

    let table = String(decoding: contents("\(folder.path)/profile.txt") ?? [], as: UTF8.self)
    for words in ["µs/step", "matmul", "rest on the host", "by shape", "captured: "] {
      #expect(table.contains(words), "\(table)")
    }
    #expect(table.split(separator: "\n").allSatisfy { $0.last != " " })
  }

  @Test func profilingChangesNoBit() throws {
    let (plain, profiled) = (try TemporaryFolder(), try TemporaryFolder())
    for (folder, request) in [(plain, nil), (profiled, ProfileRequest(steps: 9, warmUp: 2))] {
      let run = try profile(
        request, epochs: 5, klWeight: .linear(steps: 6), in: RunFolder(folder.path)
      ) { $0.emaDecay = 0.9 }
      #expect(run.reports.count == (request == nil ? 0 : 1))
    }
    for file in ["checkpoint.safetensors", "model.safetensors"] {
      let areEqual = contents("\(plain.path)/\(file)") == contents("\(profiled.path)/\(file)")
      #expect(areEqual, "\(file)")
    }
    #expect(contents("\(plain.path)/profile.txt") == nil)
  }

  @Test func aWarmUpIsCaptured() throws {
    let report = try profile(
      ProfileRequest(steps: 5, warmUp: 20), klWeight: .linear(steps: 2000)
    ).report
    #expect(report.obstacle == nil)
    #expect(report.steps.allSatisfy { $0.isCaptured && $0.number < 40 })
  }

  @Test func waitsUntilStepsAreSteady() throws {
    let run = try profile(ProfileRequest(steps: 5, warmUp: 1), klWeight: .linear(steps: 20))
    let report = try run.report
    // One passes, two are recorded, the fourth is short, and the fifth is the first that is captured.
    #expect(report.steps.first?.number == 6)
    #expect(report.steps.first?.isCaptured == true)
    // It is told when it is there, not at the end.
    #expect(report.steps.last?.number == run.afterSteps)
    #expect(run.afterSteps < 40)
    #expect(report.table[1].contains("captured: "))
  }

  @Test func doesNotWaitForStepsThatCannotBeCaptured() throws {
    let report = try profile(ProfileRequest(steps: 5), isWritten: true).report
    #expect(report.steps.map(\.number) == [11, 12, 13, 14, 15])
    #expect(report.obstacle == "numbers of [] are read outside of kernels")
    #expect(report.table[1].contains("captured: no step, since numbers"))
  }

  @Test func aShortRunIsProfiledInItsSecondHalf() throws {
    let report = try profile(ProfileRequest(), epochs: 2, klWeight: .linear(steps: 100)).report
    #expect(report.steps.map(\.number) == [5, 6, 7, 8])
    #expect(report.steps.map(\.isCaptured) == [true, true, true, false])
    #expect(report.obstacle == "too few batches of the same shape came before")
  }

  @Test func saysWhenNothingIsLeftToProfile() throws {
    let folder = try TemporaryFolder()
    _ = try profile(nil, epochs: 2, in: RunFolder(folder.path))
    let again = try profile(
      ProfileRequest(), epochs: 2, in: RunFolder(folder.path), resume: true)
    #expect(again.reports.isEmpty)
    #expect(again.warnings == ["no step was left to profile"])
    #expect(throws: TrainingError.self) { try profile(ProfileRequest(steps: 0)) }
  }

  @Test func saysWhyStepsAreNotCaptured() throws {
    var run = Run()
    try Trainer(TrainingOptions(epochs: 10)).fit(
      LinearRegression(), training: PlanePoints(count: 50, batchSize: 8),
      profile: ProfileRequest(steps: 20), report: { run.hear($0) })
    let report = try run.report
    #expect(report.steps.count == 20 && report.steps[0].number == 11)
    #expect(report.obstacle == "batches are not made of tensors")
    // What a source computes while a step waits for it is the data's.
    #expect(report.rows.allSatisfy { $0.name != "cast" })
  }
}
