import Foundation
import Testing
import VAEZoo

private let options =
  [
    "--epochs", "60", "--set", "trainer.checkpoint_every=1", "--set", "trainer.ema_decay=0.9",
    "--set", "pictures_every=30",
  ] + tiny

/// Starts a run, waits until it has trained for some epochs, and sends it a signal.
private func interrupted(_ scratch: Scratch, by signal: Int32, after epochs: Int) throws -> Outcome
{
  let command = Command(["train", "--out", scratch.file("run")] + options)
  try command.start()
  while command.process.isRunning, try figures(scratch, "run").count < epochs { usleep(1000) }
  kill(command.process.processIdentifier, signal)
  return command.finish()
}

/// The figures of every epoch, without what a clock measured.
private func figures(_ scratch: Scratch, _ run: String) throws -> [[Double]] {
  try RunFolder(scratch.file(run)).readMetrics().map {
    [Double($0.epoch), Double($0.step), $0.loss] + $0.terms.map(\.value)
  }
}

@Test(arguments: [1, 3])
func aKilledRunGoesOnBitForBit(epochs: Int) throws {
  let scratch = try Scratch()
  let whole = try Command.run(["train", "--out", scratch.file("whole"), "--quiet"] + options)
  #expect(whole.status == 0, "\(whole.errors)")
  let killed = try interrupted(scratch, by: SIGKILL, after: epochs)
  #expect(killed.signal == SIGKILL)
  let resumed = try Command.run("train", "--out", scratch.file("run"), "--resume", "--quiet")
  #expect(resumed.status == 0, "\(resumed.errors)")
  #expect(try scratch.bytes("run/model.safetensors") == scratch.bytes("whole/model.safetensors"))
  #expect(try figures(scratch, "run") == figures(scratch, "whole"))
  #expect(
    try scratch.bytes("run/samples/epoch-060.png") == scratch.bytes("whole/samples/epoch-060.png"))
}

@Test func ctrlCSavesTheStateAndSaysHowToGoOn() throws {
  let scratch = try Scratch()
  let stopped = try interrupted(scratch, by: SIGINT, after: 2)
  #expect(stopped.status == 130, "\(stopped.errors)")
  let advice = try #require(stopped.errors.split(separator: "\n").last)
  #expect(advice.hasSuffix("train --resume --out \(scratch.file("run"))"))
  let words = advice.split(separator: " ").dropFirst().map(String.init)
  let resumed = try Command.run(words)
  #expect(resumed.status == 0, "\(resumed.errors)")
  #expect(resumed.errors.contains("60 epochs"))
}

@Test func aRunCutOffBeforeItsFirstCheckpointBeginsAgain() throws {
  let scratch = try Scratch()
  let options = ["--quiet", "--epochs", "1"] + tiny
  #expect(try Command.run(["train", "--out", scratch.file("whole")] + options).status == 0)
  try scratch.write(try scratch.bytes("whole/config.yaml"), to: "run/config.yaml")
  let resumed = try Command.run("train", "--out", scratch.file("run"), "--resume", "--quiet")
  #expect(resumed.status == 0, "\(resumed.errors)")
  #expect(try scratch.bytes("run/model.safetensors") == scratch.bytes("whole/model.safetensors"))
}

@Test func resumingAFinishedRunChangesNoFigure() throws {
  let scratch = try Scratch()
  let options = ["train", "--out", scratch.file("run"), "--quiet", "--epochs", "1"] + tiny
  #expect(try Command.run(options).status == 0)
  let before = try scratch.contents(of: "run")
  let again = try Command.run("train", "--out", scratch.file("run"), "--resume", "--quiet")
  #expect(again.status == 0, "\(again.errors)")
  #expect(try scratch.contents(of: "run") == before)
}

@Test func aFinishedRunCanBeTrainedLonger() throws {
  let scratch = try Scratch()
  let options = ["train", "--out", scratch.file("run"), "--quiet", "--epochs", "1"] + tiny
  #expect(try Command.run(options).status == 0)
  let longer = try Command.run(
    "train", "--out", scratch.file("run"), "--resume", "--epochs", "3", "--json")
  #expect(try longer.json["epochs"] == 3)
}

@Test(arguments: [
  (["--seed", "5"], "trainer.seed"), (["--set", "latent=3"], "latent"),
  (["--set", "encoder.hidden=[9]"], "encoder.hidden"), (["--preset", "conv-28"], "--preset"),
  (["--config", "x.yaml"], "--config"), (["--data", "sprites"], "data.path"),
])
func resumingWithOtherOptionsIsRefused(extra: [String], key: String) throws {
  let scratch = try Scratch()
  let options = ["train", "--out", scratch.file("run"), "--quiet", "--epochs", "1"] + tiny
  #expect(try Command.run(options).status == 0)
  let before = try scratch.contents(of: "run")
  let refused = try Command.run(["train", "--out", scratch.file("run"), "--resume"] + extra)
  #expect(refused.status == 64)
  #expect(refused.errors.hasPrefix("error: ") && refused.errors.contains(key))
  #expect(try scratch.contents(of: "run") == before)
}
