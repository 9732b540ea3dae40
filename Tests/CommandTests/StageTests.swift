import Foundation
import Testing
import VAEZoo

private let staged =
  [
    "--set", "prior=gaussian-mixture", "--set", "stages.prior.trains=[prior]", "--set",
    "trainer.validation_fraction=0.2", "--set", "trainer.checkpoint_every=1",
  ] + tiny

@Test func aRunOfTwoStagesIsOneRun() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let trained = try Command.run(
    [
      "train", "--out", run, "--epochs", "2", "--set", "stages.prior.trainer.epochs=3", "--json",
    ] + staged)
  #expect(trained.status == 0, "\(trained.errors)")
  let report = try trained.json
  let stage = try #require(report["stages"]?["prior"])
  #expect(report["epochs"] == 2 && stage["epochs"] == 3)
  // The codes and what is made of them stay as they are.
  #expect(stage["test"]?["reconstruction"] == report["test"]?["reconstruction"])
  #expect(stage["test"]?["kl"] != report["test"]?["kl"])
  for name in ["metrics.jsonl", "model.safetensors", "samples/epoch-003.png", "curves.png"] {
    #expect(scratch.holds("run/stages/prior/\(name)"))
  }
  #expect(try Command.run("inspect", run).output.contains("prior validation"))
  let inspected = try Command.run("inspect", run, "--json").json
  #expect(inspected["stages"]?["prior"]?["test"]?["loss"] == stage["test"]?["loss"])

  // Samples come from the weights of the last stage.
  func sample(_ name: String) throws -> [UInt8] {
    let shown = try Command.run("sample", run, "--out", scratch.file(name), "--quiet")
    #expect(shown.status == 0, "\(shown.errors)")
    return try scratch.bytes(name)
  }
  let both = try sample("both.png")
  try FileManager.default.moveItem(
    atPath: scratch.file("run/stages"), toPath: scratch.file("stages"))
  #expect(try sample("first.png") != both)
  try FileManager.default.moveItem(
    atPath: scratch.file("stages"), toPath: scratch.file("run/stages"))

  // What the last stage went on from stays as it is; the stage itself may go on.
  expectRefusal(
    try Command.run("train", "--resume", "--out", run, "--epochs", "5"), 64, "trainer.epochs is 2")
  let resumed = try Command.run(
    "train", "--resume", "--out", run, "--set", "stages.prior.trainer.epochs=4", "--json")
  #expect(resumed.status == 0, "\(resumed.errors)")
  #expect(try resumed.json["stages"]?["prior"]?["epochs"] == 4)
  #expect(try resumed.json["epochs"] == 2)
}

/// A run that is stopped in its second stage goes on there, to the same bytes.
@Test func aStoppedStageGoesOnBitForBit() throws {
  let scratch = try Scratch()
  let options =
    ["--epochs", "2", "--quiet", "--set", "stages.prior.trainer.epochs=60"] + staged + [
      "--set", "pictures_every=0",
    ]
  let whole = try Command.run(["train", "--out", scratch.file("whole")] + options)
  #expect(whole.status == 0, "\(whole.errors)")
  let command = Command(["train", "--out", scratch.file("run")] + options)
  try command.start()
  let log = RunFolder(scratch.file("run/stages/prior"))
  while command.process.isRunning, try log.readMetrics().count < 4 { usleep(1000) }
  kill(command.process.processIdentifier, SIGINT)
  #expect(command.finish().status == 130)
  let resumed = try Command.run("train", "--resume", "--quiet", "--out", scratch.file("run"))
  #expect(resumed.status == 0, "\(resumed.errors)")
  for name in ["model.safetensors", "stages/prior/model.safetensors"] {
    #expect(try scratch.bytes("run/\(name)") == scratch.bytes("whole/\(name)"))
  }
}
