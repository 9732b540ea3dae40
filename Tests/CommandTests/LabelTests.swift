import Testing
import VAEZoo

@Test func aClassIsToldAndAskedFor() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let trained = try Command.run(
    ["train", "--preset", "conditional-mlp", "--out", run, "--epochs", "2", "--json"] + tiny)
  #expect(trained.status == 0, "\(trained.errors)")
  #expect(try Command.run("inspect", run).output.contains("of 10 classes"))
  func picture(_ words: [String]) throws -> [UInt8] {
    let shown = try Command.run(words + ["--out", scratch.file("shown.png"), "--quiet"])
    #expect(shown.status == 0, "\(shown.errors)")
    return try scratch.bytes("shown.png")
  }
  let samples = try ["3", "7", nil].map {
    try picture(["sample", run, "--count", "10"] + ($0.map { ["--label", $0] } ?? []))
  }
  #expect(Set(samples).count == 3)
  #expect(try picture(["reconstruct", run, "--label", "1"]) != picture(["reconstruct", run]))
  for words in [
    ["evaluate", run, "--importance-samples", "2"],
    ["encode", run, "--out", scratch.file("c.csv")],
    ["traverse", run, "--codes", "1", "--columns", "3"], ["interpolate", run, "--steps", "3"],
    ["embed", run], ["detect", run, "--out", scratch.file("d.csv")],
  ] {
    let outcome = try Command.run(words)
    #expect(outcome.status == 0, "\(words): \(outcome.errors)")
  }
  expectRefusal(
    try Command.run("sample", run, "--label", "12"), 64, "'12'; did you mean '1'? (known: 0, 1,")
  expectRefusal(
    try Command.run("restore", run), 65, "images")
}

@Test func aModelThatKnowsNoClassesIsAskedForNone() throws {
  let scratch = try Scratch()
  let trained = try Command.run(
    ["train", "--out", scratch.file("run"), "--epochs", "1", "--quiet"] + tiny)
  #expect(trained.status == 0, "\(trained.errors)")
  expectRefusal(
    try Command.run("sample", scratch.file("run"), "--label", "3"), 64, "unknown key 'label'")
}
