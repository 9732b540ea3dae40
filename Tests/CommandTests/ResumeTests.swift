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

@Test func aRunWhoseFolderIsDeletedEndsInOneSentence() throws {
  let scratch = try Scratch()
  let command = Command(
    [
      "train", "--out", scratch.file("run"), "--quiet", "--epochs", "100000", "--set",
      "pictures_every=0",
    ] + tiny)
  try command.start()
  while command.process.isRunning, !scratch.holds("run/checkpoint.safetensors") { usleep(1000) }
  try FileManager.default.moveItem(atPath: scratch.file("run"), toPath: scratch.file("gone"))
  let ended = command.finish()
  expectRefusal(ended, 73, "it was deleted or moved")
  #expect(!scratch.holds("run"))
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
  (["--config", "x.yaml"], "--config"), (["--set", "data.limit=30"], "data.limit"),
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

// MARK: - What was changed since

/// Rows of numbers, those of the second half multiplied by `factor`.
private func writeRows(_ scratch: Scratch, factor: Double) throws {
  var key = RandomKey(seed: 8)
  let rows = key.uniform([40, 6])
  let (first, last) = (rows.sliced(along: 0, 0..<20), rows.sliced(along: 0, 20..<40))
  try NPY.write(.concatenated([first, last * factor], along: 0), to: scratch.file("rows.npy"))
}

@Test func otherDataAndReplacedWeightsAreNotPassedOver() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  try writeRows(scratch, factor: 1)
  let rows = [
    "train", "--out", run, "--quiet", "--data", scratch.file("rows.npy"), "--set",
    "data.row_shape=[1, 6, 1]", "--set", "encoder.hidden=[4]", "--set", "decoder.hidden=[4]",
    "--set", "trainer.batch_size=4", "--set", "pictures_every=0",
  ]
  let trained = try Command.run(rows + ["--epochs", "2"])
  #expect(trained.status == 0, "\(trained.errors)")
  let on = ["train", "--resume", "--out", run, "--quiet", "--epochs"]
  #expect(try Command.run(on + ["3"]).status == 0)

  try writeRows(scratch, factor: 0.5)
  let before = try scratch.contents(of: "run")
  expectRefusal(try Command.run(on + ["4"]), 65, "has other numbers")
  #expect(try scratch.bytes("run/model.safetensors") == before["model.safetensors"])
  let accepted = try Command.run(on + ["4", "--accept-changes"])
  #expect(accepted.status == 0 && accepted.errors.contains("warning: "), "\(accepted.errors)")
  #expect(try Command.run(on + ["5"]).status == 0)

  // Somebody's own weights of the same shapes.
  var file = try SafeTensors(contentsOf: scratch.file("run/model.safetensors"))
  for name in file.names { file[name] = file[name].map { $0 * 0.5 } }
  file.metadata = [:]
  try file.write(to: scratch.file("run/model.safetensors"))
  expectRefusal(try Command.run(on + ["6"]), 65, "not the weights that the run wrote")
  #expect(try Command.run(on + ["6", "--accept-changes"]).status == 0)
  expectRefusal(
    try Command.run(rows + ["--accept-changes"]), 64, "--accept-changes means nothing")
}

@Test func dataThatMovedIsNamedAnew() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  try writeRows(scratch, factor: 1)
  let trained = try Command.run(
    "train", "--out", run, "--quiet", "--data", scratch.file("rows.npy"), "--epochs", "1", "--set",
    "data.row_shape=[1, 6, 1]", "--set", "encoder.hidden=[4]", "--set", "decoder.hidden=[4]",
    "--set", "trainer.schedule=cosine")
  #expect(trained.status == 0, "\(trained.errors)")
  try FileManager.default.moveItem(
    atPath: scratch.file("rows.npy"), toPath: scratch.file("moved.npy"))
  for words in [["evaluate", run], ["train", "--resume", "--out", run, "--epochs", "2"]] {
    expectRefusal(try Command.run(words), 66, "name its place with --data")
    let found = try Command.run(words + ["--data", scratch.file("moved.npy")])
    #expect(found.status == 0, "\(found.errors)")
    // A cosine that was to end after one epoch ends after two.
    #expect(found.errors.contains("falls in another way") == (words[0] == "train"))
  }
  #expect(try Command.run("evaluate", run).status == 0)
}
