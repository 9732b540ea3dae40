import Foundation
import Testing
import VAEZoo

// Data that a command line names is used whole and in its order, whatever the run set aside of its own.

@Test func newDataIsUsedWholeAndInOrder() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let trained = try Command.run(
    [
      "train", "--out", run, "--epochs", "1", "--quiet", "--set",
      "trainer.validation_fraction=0.25",
    ]
      + tiny)
  #expect(trained.status == 0, "\(trained.errors)")
  var key = RandomKey(seed: 3)
  let images = key.uniform([60, 28, 28, 1])
  let new = scratch.file("new.npy")
  try NPY.write(images, to: new)

  let told = try Command.run("encode", run, "--data", new, "--out", scratch.file("codes.csv"))
  #expect(told.output.contains("codes of 60 examples (all of \(new))"), "\(told.errors)")
  let folder = RunFolder(run)
  let opened = try Run<ImageDomain>(RunConfiguration(in: folder), in: folder)
  try opened.loadWeights()
  let expected = opened.model.codes(of: images).floats
  let lines = String(decoding: try scratch.bytes("codes.csv"), as: UTF8.self).split(separator: "\n")
  let rows = lines.dropFirst().map { $0.split(separator: ",") }
  #expect(rows.map { String($0[0]) } == (0..<60).map { "\($0)" })
  let written = rows.flatMap { $0.dropFirst().compactMap { Float($0) } }
  #expect(written.count == 120)
  #expect(zip(written, expected).allSatisfy { abs($0 - $1) < 1e-5 })

  for words in [
    ["evaluate", run, "--data", new, "--json"], ["detect", run, "--data", new, "--json"],
    ["embed", run, "--data", new, "--json"],
  ] {
    let outcome = try Command.run(
      words + (words[0] == "detect" ? ["--out", scratch.file("scores.csv")] : []))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try outcome.json["examples"] == 60, "\(outcome.output)")
  }
  let few = try Command.run(
    "evaluate", run, "--data", new, "--set", "data.limit=7", "--json")
  #expect(try few.json["examples"] == 7)
  // What the run was trained on keeps its parts.
  #expect(try Command.run("evaluate", run, "--json").json["split"] == "test")
  #expect(
    try Command.run("evaluate", run, "--split", "validation", "--json").json["examples"] == 12)
}
