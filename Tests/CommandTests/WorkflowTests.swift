import ImageOutput
import Testing
import VAEZoo

@Test func aModelIsTrainedMeasuredAndLookedAt() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let trained = try Command.run(
    [
      "train", "--data", "digits", "--preset", "pytorch-mnist", "--out", run, "--epochs", "2",
      "--json",
    ] + tiny)
  #expect(trained.status == 0, "\(trained.errors)")
  let report = try trained.json
  #expect(report["epochs"] == 2)
  #expect(report["steps"] == 6)
  #expect(report["test"]?["loss"]?.number?.isFinite == true)
  for name in ["config.yaml", "metrics.jsonl", "model.safetensors", "checkpoint.safetensors"] {
    #expect(scratch.holds("run/\(name)"))
  }
  for name in [
    "samples/epoch-001.png", "samples/epoch-002.png", "reconstructions/epoch-001.png",
    "reconstructions/epoch-002.png", "curves.png", "manifold.png", "codes.png",
  ] {
    #expect(try PNGFile(path: "\(run)/\(name)").image.width > 100)
  }
  let lines = String(decoding: try scratch.bytes("run/metrics.jsonl"), as: UTF8.self)
    .split(separator: "\n")
  let splits = try lines.map { try ConfigurationValue(yaml: String($0))["split"]?.text }
  #expect(splits == ["train", "train", "test"])
  let epoch = try ConfigurationValue(yaml: String(try #require(lines.first)))
  for name in ["active_units", "mutual_information", "iw_nll"] { #expect(epoch[name] != nil) }

  let measured = try Command.run("evaluate", run, "--importance-samples", "3", "--json")
  #expect(measured.status == 0, "\(measured.errors)")
  let figures = try measured.json
  #expect(figures["examples"] == 48)
  let (bound, likelihood) = (figures["elbo"]?.number, figures["log_likelihood"]?.number)
  #expect(try #require(likelihood) > #require(bound) - 1)
  #expect(figures["mutual_information"]?.number.map { $0 <= 3.9 } == true)
  #expect(figures["mutual_information_examples"] == 48)
  #expect(figures["kl_per_dimension"].map { "\($0.kind)" } == "a list")

  for (words, name) in [
    (["sample", run, "--count", "9"], "sample.png"), (["reconstruct", run], "reconstruction.png"),
    (["traverse", run, "--codes", "2", "--columns", "5"], "traversal.png"),
    (["traverse", run, "--example", "3", "--out", scratch.file("t.png")], "../t.png"),
    (["sample", run, "--sampler", "{name: aggregate, temperature: 0.8}"], "sample.png"),
    (["interpolate", run, "--steps", "5"], "interpolation.png"),
  ] {
    let shown = try Command.run(words)
    #expect(shown.status == 0, "\(shown.errors)")
    #expect(try PNGFile(path: "\(run)/\(name)").image.height > 50)
  }

  let inspected = try Command.run("inspect", run, "--json")
  #expect(try inspected.json["observation"] == [28, 28, 1])
  #expect(try inspected.json["parameters"]?.number == 13_396)
  #expect(try Command.run("inspect", run).output.contains("mlp"))
}

@Test(arguments: Registry.standard.presets.map(\.name))
func everyPresetTrains(name: String) throws {
  let scratch = try Scratch()
  let preset = try RunConfiguration(preset: name)
  let kind = preset.data.kind
  let source = kind == "images" ? ["--size", "9x7"] : []
  var data: [String] = []
  if name == "dna-gru" || name == "smiles-gru" {
    try scratch.write(Array(String(repeating: "CCNCC\nNCC\n", count: 8).utf8), to: "letters.txt")
    data = ["--data", scratch.file("letters.txt")]
  }
  let result = try Command.run(
    [
      "train", "--preset", name, "--out", scratch.file("run"), "--epochs", "1", "--quiet", "--set",
      "data.limit=12",
    ] + source + data)
  #expect(result.status == 0, "\(result.errors)")
  // An epoch is shorter than some warm-ups, which is said.
  let said = result.errors.split(separator: "\n").filter { !$0.contains("but the run ends after") }
  #expect(result.output.isEmpty && said.isEmpty, "\(said)")
  let shown = kind == "text" ? "epoch-001.txt" : "epoch-001.png"
  #expect(scratch.holds("run/samples/\(shown)"))
  #expect(
    scratch.holds("run/reconstructions/\(shown)") == (preset.model.name != "generator"))
}

@Test func aRunFoldersConfigurationRepeatsTheRun() throws {
  let scratch = try Scratch()
  let options = ["--epochs", "1", "--quiet", "--seed", "7"]
  let first = try Command.run(["train", "--out", scratch.file("a")] + options + tiny)
  #expect(first.status == 0, "\(first.errors)")
  let second = try Command.run(
    "train", "--config", scratch.file("a/config.yaml"), "--out", scratch.file("b"), "--quiet")
  #expect(second.status == 0, "\(second.errors)")
  #expect(try scratch.bytes("a/model.safetensors") == scratch.bytes("b/model.safetensors"))
  #expect(try scratch.bytes("a/config.yaml") == scratch.bytes("b/config.yaml"))
}

@Test func partsTellTheirOptions() throws {
  let shown = try Command.run("components", "gaussian")
  #expect(shown.output.contains("likelihood:\n  gaussian (of Tensor): each element"))
  #expect(
    shown.output.contains("scale: null") && shown.output.contains("one of fixed, shared"))
  #expect(shown.output.contains("a number above 0") && !shown.output.contains("encoder"))
  #expect(try Command.run("presets", "--check").output == "44 presets are sound\n")
}

@Test(arguments: [["presets"], ["components"], ["datasets"]])
func listsAreForPeopleAndForPrograms(words: [String]) throws {
  let shown = try Command.run(words)
  #expect(shown.status == 0)
  #expect(shown.output.split(separator: "\n").count > 2)
  #expect(try Command.run(words + ["--json"]).json.entries.isEmpty == false)
}

@Test func aPrintedPresetIsAConfiguration() throws {
  let scratch = try Scratch()
  let printed = try Command.run("presets", "dense-16").output
  try scratch.write(Array(printed.utf8), to: "mine.yaml")
  let result = try Command.run(
    [
      "train", "--config", scratch.file("mine.yaml"), "--out", scratch.file("run"), "--epochs", "1",
      "--quiet",
    ] + tiny)
  #expect(result.status == 0, "\(result.errors)")
  let stored = String(decoding: try scratch.bytes("run/config.yaml"), as: UTF8.self)
  #expect(stored.contains("preset: dense-16"))
  #expect(stored.contains("hidden: [8]"))
}

@Test(arguments: [["--help"], ["train", "--help"], ["help", "sample"]])
func helpIsOnStandardOutput(words: [String]) throws {
  let help = try Command.run(words)
  #expect(help.status == 0)
  #expect(help.output.contains("USAGE: vae") && help.errors.isEmpty)
}

@Test func theExampleInCodeWritesItsSheets() throws {
  let scratch = try Scratch()
  let command = Command([scratch.file("out"), "1", "40"], of: "ImageVAE")
  try command.start()
  let result = command.finish()
  #expect(result.status == 0, "\(result.errors)")
  #expect(result.output.contains("epoch 1: loss"))
  for name in ["samples", "reconstructions", "codes", "curve"] {
    #expect(try PNGFile(path: scratch.file("out/\(name).png")).image.width > 100)
  }
}

@Test func aWarmUpThatNeverEndsIsWarnedOf() throws {
  let scratch = try Scratch()
  let trained = try Command.run(
    ["train", "--out", scratch.file("run"), "--epochs", "2", "--set", "pictures_every=0"] + tiny
      + ["--set", "objective.warm_up_steps=100"])
  #expect(trained.status == 0, "\(trained.errors)")
  #expect(trained.errors.contains("takes 100 steps, but the run ends after 6"))
}
