import ImageOutput
import Testing
import VAEZoo

/// A model and a set of sentences small enough to train in a moment.
private let tinyText = [
  "--set", "data.limit=60", "--set", "encoder={name: gru, embedding: 8, hidden: 8}", "--set",
  "decoder={name: gru, embedding: 8, hidden: 8}", "--set", "latent=2", "--set",
  "trainer.batch_size=16", "--quiet",
]

@Test func aModelOfSentencesIsTrainedMeasuredAndReadFrom() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let trained = try Command.run(
    ["train", "--data", "sentences", "--out", run, "--epochs", "2"] + tinyText)
  #expect(trained.status == 0, "\(trained.errors)")
  for name in [
    "config.yaml", "tokenizer.json", "metrics.jsonl", "model.safetensors", "curves.png",
    "samples/epoch-002.txt", "reconstructions/epoch-002.txt",
  ] {
    #expect(scratch.holds("run/\(name)"))
  }

  let figures = try Command.run("evaluate", run, "--importance-samples", "2", "--json").json
  for name in [
    "elbo", "kl", "log_likelihood", "nll_per_token", "perplexity", "active_units",
    "mutual_information",
  ] {
    #expect(figures[name]?.number?.isFinite == true, "\(name)")
  }
  let (bound, perToken) = (figures["elbo"]?.number, figures["nll_per_token"]?.number)
  #expect(try #require(perToken) < -(try #require(bound)))

  for words in [
    [], ["--temperature", "0.7"], ["--top-k", "3"], ["--nucleus", "0.9"], ["--beam", "3"],
  ] {
    let sampled = try Command.run(["sample", run, "--count", "4"] + words)
    #expect(sampled.status == 0, "\(sampled.errors)")
    #expect(sampled.output.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
    #expect(try Command.run(["sample", run, "--count", "4"] + words).output == sampled.output)
  }
  let pairs = try Command.run("reconstruct", run, "--count", "2")
  #expect(pairs.output.contains("original:") && pairs.output.contains("reconstruction:"))

  let original = try #require(
    pairs.output.split(separator: "\n").first?.dropFirst("original:".count))
  let text = String(original.drop { $0 == " " })
  let between = try Command.run(
    "interpolate", run, "--from", text, "--to", text, "--steps", "3", "--json")
  #expect(between.status == 0, "\(between.errors)")
  guard case .list(let steps) = try between.json["texts"] else { throw Misshapen() }
  #expect(steps.count == 3 && Set(steps).count == 1)

  let codes = try Command.run("encode", run, "--out", scratch.file("codes.csv"))
  #expect(codes.status == 0, "\(codes.errors)")
  let lines = String(decoding: try scratch.bytes("codes.csv"), as: UTF8.self).split(separator: "\n")
  #expect(lines[0].hasPrefix("index,code_1,code_2"))
  #expect(lines[1].split(separator: ",").count == lines[0].split(separator: ",").count)
  #expect(try Command.run("traverse", run).status == 65)
}

private struct Misshapen: Error {}

@Test func aResumedRunOverTextHasTheSameBytes() throws {
  let scratch = try Scratch()
  let (whole, parts) = (scratch.file("whole"), scratch.file("parts"))
  let data = ["--data", "sentences", "--seed", "5"]
  #expect(
    try Command.run(["train", "--out", whole, "--epochs", "3"] + data + tinyText).status == 0)
  #expect(
    try Command.run(["train", "--out", parts, "--epochs", "2"] + data + tinyText).status == 0)
  let resumed = try Command.run(
    "train", "--resume", "--out", parts, "--epochs", "3", "--quiet")
  #expect(resumed.status == 0, "\(resumed.errors)")
  for name in ["model.safetensors", "tokenizer.json", "samples/epoch-003.txt"] {
    #expect(try scratch.bytes("whole/\(name)") == scratch.bytes("parts/\(name)"), "\(name)")
  }
}

@Test func aModelOfSeriesIsTrainedAndDrawn() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let trained = try Command.run(
    "train", "--data", "waves", "--out", run, "--epochs", "1", "--quiet", "--set", "data.limit=40",
    "--set", "encoder.hidden=[8]", "--set", "decoder.hidden=[8]", "--set",
    "trainer.batch_size=16")
  #expect(trained.status == 0, "\(trained.errors)")
  for (words, name) in [
    (["sample", run, "--count", "3"], "sample.png"),
    (["reconstruct", run, "--count", "4"], "reconstruction.png"),
  ] {
    #expect(try Command.run(words).status == 0)
    #expect(try PNGFile(path: "\(run)/\(name)").image.width > 100)
  }
  #expect(try Command.run("evaluate", run, "--json").json["elbo"]?.number?.isFinite == true)
  #expect(try Command.run("interpolate", run, "--from", "a", "--to", "b").status == 65)
}

/// What is wrong with a text, and part of what must be said about it.
private let badTexts:
  [(name: String, text: [UInt8], words: [String], status: Int32, part: String)] = [
    ("a.txt", Array("one\ntwo ".utf8) + [0xFF, 0x0A], [], 65, "line 2 is not UTF-8"),
    ("a.txt", Array("one\n\nthree\n".utf8), [], 65, "line 2 is empty"),
    ("a.txt", [], [], 65, "empty"),
    (
      "a.txt", Array("one two three four\n".utf8), ["--set", "data.maximum_length=3"], 65,
      "line 1 has 5 tokens"
    ),
    (
      "a.csv", Array("title,body\na,b\n".utf8), ["--set", "data.column=text"], 65, "'title', 'body'"
    ),
    (
      "a.csv", Array("text\n\"one, two\n".utf8), ["--set", "data.column=text"], 65, "does not close"
    ),
    ("a.fasta", Array("ACGT\n".utf8), [], 65, "begins with '>'"),
    ("a.json", Array("[\"one\", ".utf8), [], 65, "JSON"),
  ]

@Test(arguments: badTexts.indices)
func badTextIsOneLineAndLeavesNothing(index: Int) throws {
  let (name, text, words, status, part) = badTexts[index]
  let scratch = try Scratch()
  try scratch.write(text, to: name)
  // Without a preset, blank lines are left out.
  let kind = [".csv", ".txt"].contains(where: name.hasSuffix) ? ["--preset", "sentence-gru"] : []
  let result = try Command.run(
    ["train", "--data", scratch.file(name), "--out", scratch.file("run"), "--epochs", "1"]
      + kind + words)
  #expect(result.status == status, "\(result.errors)")
  #expect(result.errors.contains(part), "\(result.errors)")
  #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
  #expect(!scratch.holds("run"))
}

@Test func aTokenOutsideTheVocabularyIsNamed() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  try scratch.write(Array("CCO\nC=O\nCC\nCCC\nOCC\nC1CC1\n".utf8), to: "a.smi")
  let trained = try Command.run(
    [
      "train", "--data", scratch.file("a.smi"), "--preset", "smiles-gru", "--out", run, "--epochs",
      "1",
    ] + tinyText.dropFirst(2))
  #expect(trained.status == 0, "\(trained.errors)")
  try scratch.write(Array("CCO\nCCBr\n".utf8), to: "b.smi")
  for words in [
    ["evaluate", run, "--data", scratch.file("b.smi")],
    ["interpolate", run, "--from", "CCBr", "--to", "CC"],
  ] {
    let result = try Command.run(words)
    #expect(result.status == 65 && result.errors.contains("Br"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }
}

@Test func theExampleOfSentencesWritesSentences() throws {
  let command = Command(["1", "60"], of: "SequenceVAE")
  try command.start()
  let result = command.finish()
  #expect(result.status == 0, "\(result.errors)")
  #expect(result.output.contains("epoch 1: loss"))
  #expect(result.output.contains("from one sentence to another:"))
}
