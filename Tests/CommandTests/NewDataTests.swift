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

/// A model that takes series as wholes refuses longer ones before it reads them.
@Test func longerSequencesAreRefused() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let trained = try Command.run(
    [
      "train", "--data", "waves", "--preset", "series-mlp", "--out", run, "--epochs", "1",
      "--quiet", "--set", "encoder.hidden=[8]", "--set", "decoder.hidden=[8]",
    ] + few)
  #expect(trained.status == 0, "\(trained.errors)")
  let long = scratch.file("long.npy")
  try NPY.write(Tensor.zeros([3, 200]), to: long)
  let outcome = try Command.run("encode", run, "--data", long, "--out", scratch.file("c.csv"))
  #expect(outcome.status == 65 && outcome.signal == nil)
  #expect(
    outcome.errors.contains("its longest example has 200 steps, but the model reads at most 96"),
    "\(outcome.errors)")
}

/// What a model of a table makes is written as numbers in the unit of the table, under its names.
@Test func samplesOfATableAreRowsOfIt() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let rows = (0..<60).map {
    "\(1000 + $0 % 7),\(0.001 * Double($0 % 5)),\($0 % 2 == 0 ? "a" : "b")"
  }
  let data = scratch.file("data.csv")
  try Data(("mass,\"width, in m\",kind\n" + rows.joined(separator: "\n")).utf8)
    .write(to: URL(fileURLWithPath: data))
  let trained = try Command.run(
    ["train", "--data", data, "--out", run, "--epochs", "2", "--set", "encoder.hidden=[8]"] + few)
  #expect(trained.status == 0, "\(trained.errors)")
  #expect(trained.errors.contains("rows of 2 numbers: chosen --preset table-mlp"))
  #expect(trained.errors.contains("\"kind\", is read as the label"))
  #expect(trained.errors.contains("each column is standardized"))

  let csv = scratch.file("new.csv")
  #expect(try Command.run("sample", run, "--count", "5", "--out", csv).status == 0)
  let lines = String(decoding: try scratch.bytes("new.csv"), as: UTF8.self).split(separator: "\n")
  #expect(lines.first == "mass,\"width, in m\"" && lines.count == 6)
  for line in lines.dropFirst() {
    let numbers = line.split(separator: ",").compactMap { Double($0) }
    #expect(numbers.count == 2 && (990...1020).contains(numbers[0]) && abs(numbers[1]) < 0.02)
  }
  let npy = scratch.file("again.npy")
  let again = try Command.run("reconstruct", run, "--count", "4", "--out", npy, "--json")
  #expect(try again.json["shape"] == [4, 2], "\(again.errors)")
  #expect(try NPY.read(npy).floats.allSatisfy { $0 < 1100 })
  // A picture goes by its own name, and nothing else does.
  #expect(try Command.run("sample", run, "--out", scratch.file("new.json")).status == 64)
}

/// Small batches, and nothing measured.
private let few = [
  "--set", "trainer.batch_size=16", "--set", "measure.examples=0", "--set", "pictures_every=0",
  "--threads", "1", "--set", "data.limit=80",
]
