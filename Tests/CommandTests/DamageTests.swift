import Foundation
import Testing
import VAEZoo

private func trainedRun(_ scratch: Scratch) throws -> String {
  let trained = try Command.run(
    [
      "train", "--out", scratch.file("run"), "--epochs", "2", "--quiet", "--set",
      "pictures_every=0",
    ] + tiny)
  #expect(trained.status == 0, "\(trained.errors)")
  return scratch.file("run")
}

/// A line that cannot be read is neither passed over nor cut away with what follows it.
@Test func aDamagedLogIsNamedByItsLine() throws {
  let scratch = try Scratch()
  let run = try trainedRun(scratch)
  let log = try scratch.bytes("run/metrics.jsonl")
  let lines = log.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  let spoiled =
    Array(lines[0]) + Array("\n{epoch\n".utf8) + Array(lines[1...].joined(separator: [10]))
  try scratch.write(spoiled, to: "run/metrics.jsonl")
  for words in [
    ["inspect", run], ["train", "--resume", "--out", run, "--epochs", "3", "--quiet"],
  ] {
    expectRefusal(try Command.run(words), 65, "line 2 holds no figures")
    #expect(try scratch.bytes("run/metrics.jsonl") == spoiled)
  }
  // Half a line at the end is what a crash leaves.
  try scratch.write(log + Array("{\"epoch\": 3".utf8), to: "run/metrics.jsonl")
  #expect(try Command.run("inspect", run).status == 0)
  let resumed = try Command.run("train", "--resume", "--out", run, "--epochs", "3", "--quiet")
  #expect(resumed.status == 0, "\(resumed.errors)")
  #expect(try RunFolder(run).readMetrics().last?.epoch == 3)
}

@Test func weightsThatAreNoNumbersMakeNoPicture() throws {
  let scratch = try Scratch()
  let run = try trainedRun(scratch)
  var file = try SafeTensors(contentsOf: "\(run)/model.safetensors")
  let name = try #require(file.names.first { $0.hasSuffix("weight") })
  file[name] = file[name].map { $0 * .infinity }
  try file.write(to: "\(run)/model.safetensors")
  for words in [["sample", run], ["evaluate", run]] {
    expectRefusal(try Command.run(words), 65, "\(name) holds NaN or infinity")
  }
  #expect(!scratch.holds("run/sample.png"))
}

@Test func whatCannotBePrintedIsAFailure() throws {
  let outcome = try Command.run("presets", shell: "exec > /dev/full")
  #expect(outcome.status == 73)
  #expect(outcome.errors.contains("standard output cannot be written"))
}
