import ImageOutput
import Testing
import VAEZoo

/// A run over a few digits, to classify by.
private func trained(_ scratch: Scratch) throws -> String {
  let run = scratch.file("run")
  let result = try Command.run(
    ["train", "--preset", "pytorch-mnist", "--out", run, "--epochs", "1", "--quiet"] + tiny)
  #expect(result.status == 0, "\(result.errors)")
  return run
}

private func train(_ run: String, _ out: String, _ words: String...) throws -> Outcome {
  try Command.run(["classify", "train", run, "--out", out, "--epochs", "2"] + words)
}

/// Images as IDX files, 28 by 28, with their labels if any, into a folder.
private func write(
  _ labels: [Int]?, test: [Int]? = nil, to folder: String = "data", of scratch: Scratch
) throws {
  for (name, labels) in [("train", labels), ("t10k", test)] {
    let count = labels?.count ?? (name == "train" ? 6 : 0)
    guard count > 0 else { continue }
    try scratch.write(
      BadFile.idx(count, height: 28, width: 28), to: "\(folder)/\(name)-images-idx3-ubyte")
    if let labels {
      try scratch.write(
        [0, 0, 8, 1] + BadFile.bigEndian(count) + labels.map { UInt8($0) },
        to: "\(folder)/\(name)-labels-idx1-ubyte")
    }
  }
}

@Suite struct ClassifyTests {
  @Test(arguments: ClassifierConfiguration.Mode.allCases)
  func everyModeIsTrainedMeasuredAndUsed(mode: ClassifierConfiguration.Mode) throws {
    let scratch = try Scratch()
    let (run, out) = (try trained(scratch), scratch.file("c"))
    let learned = try train(run, out, "--mode", mode.rawValue, "--hidden", "6", "5", "--json")
    #expect(learned.status == 0, "\(learned.errors)")
    for name in [
      "classifier.yaml", "classifier.safetensors", "config.yaml", "metrics.jsonl", "report.json",
    ] { #expect(scratch.holds("c/\(name)")) }
    #expect(try PNGFile(path: "\(out)/confusion.png").image.width > 100)
    let file = try SafeTensors(contentsOf: "\(out)/classifier.safetensors")
    #expect(file["head.layers.1.weight"]?.shape == [5, 6])
    #expect(file.names.contains { $0.hasPrefix("model.encoder.") })
    // A frozen encoder's weights are the run's.
    let own = try SafeTensors(contentsOf: "\(run)/model.safetensors")
    let isKept = own.names.allSatisfy { file["model.\($0)"] == own[$0] }
    #expect(isKept == (mode == .frozen || mode == .decoder))

    // The folder is whole by itself.
    try scratch.write([], to: "run/model.safetensors")
    let report = try learned.json
    let measured = try Command.run("classify", "evaluate", out, "--json")
    #expect(measured.status == 0, "\(measured.errors)")
    #expect(try measured.json == report)
    #expect(report["examples"] == 48)
    #expect(report["classes"].map { "\($0.kind)" } == "a list")
    #expect(report["confusion"].map { "\($0.kind)" } == "a list")
    #expect(try Command.run("classify", "evaluate", out).output.contains("calibration error"))

    let used = try Command.run(
      "classify", "predict", out, "--out", scratch.file("p.csv"), "--top", "2")
    #expect(used.status == 0, "\(used.errors)")
    let lines = String(decoding: try scratch.bytes("p.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines[0] == "index,class,probability,class_2,probability_2")
    #expect(lines.count == 49)
    let fields = lines[1].split(separator: ",").map(String.init)
    let (first, second) = (try #require(Double(fields[2])), try #require(Double(fields[4])))
    #expect(fields[0] == "0" && first >= second && first + second <= 1.0001)
  }

  /// Codes, scores and classes of the images of a folder stand beside their files.
  @Test func tablesNameTheFilesOfExamples() throws {
    let scratch = try Scratch()
    let (run, out) = (try trained(scratch), scratch.file("c"))
    #expect(try train(run, out, "--hidden", "4", "--quiet").status == 0)
    let image = Image(height: 28, width: 28, color: Color(gray: 90)).grayscale()
    try scratch.write([], to: "photos/my \"best\", cut/none")
    for name in ["my \"best\", cut/1.png", "plain.png"] {
      try image.writePNG(to: scratch.file("photos/\(name)"))
    }
    func table(_ words: String...) throws -> [String] {
      let file = scratch.file("table.csv")
      let made = try Command.run(words + ["--data", scratch.file("photos"), "--out", file])
      #expect(made.status == 0, "\(made.errors)")
      return String(decoding: try scratch.bytes("table.csv"), as: UTF8.self)
        .split(separator: "\n").map(String.init)
    }
    let quoted = "\"my \"\"best\"\", cut/1.png\""
    let codes = try table("encode", run)
    #expect(codes[0] == "index,file,code_1,code_2")
    #expect(codes[1].hasPrefix("0,plain.png,") && codes[2].hasPrefix("1,\(quoted),"))
    let scores = try table("detect", run)
    #expect(scores[0] == "part,index,file,score,anomalous")
    #expect(scores[1].hasPrefix("all,0,plain.png,") && scores[2].hasPrefix("all,1,\(quoted),"))
    let classes = try table("classify", "predict", out)
    #expect(classes[0] == "index,file,class,probability")
    #expect(classes[1].hasPrefix("0,plain.png,") && classes[2].hasPrefix("1,\(quoted),"))
  }

  @Test func baselinesStandBesideTheHead() throws {
    let scratch = try Scratch()
    let result = try train(
      trained(scratch), scratch.file("c"), "--baselines", "--set", "data.limit=120", "--json")
    #expect(result.status == 0, "\(result.errors)")
    guard case .list(let rows) = try result.json["comparison"] else {
      Issue.record("no comparison")
      return
    }
    #expect(rows.compactMap { $0["labels"]?.number } == [100, 120])
    for row in rows {
      for name in ["head", "logistic_regression", "nearest_codes", "untrained_model"] {
        #expect((0...1).contains(try #require(row[name]?.number)))
      }
    }
  }

  @Test func theSeedDecides() throws {
    let scratch = try Scratch()
    let run = try trained(scratch)
    for (name, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
      let result = try train(run, scratch.file(name), "--labels", "20", "--seed", seed, "--quiet")
      #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
    }
    let files = try ["a", "b", "c"].map { try scratch.bytes("\($0)/classifier.safetensors") }
    #expect(files[0] == files[1] && files[0] != files[2])
    let config = String(decoding: try scratch.bytes("a/classifier.yaml"), as: UTF8.self)
    #expect(config.contains("labels: 20"))
  }

  /// Sentences with a column of classes; a head cannot stand behind a decoder that needs the steps
  /// before.
  @Test func textIsClassified() throws {
    let scratch = try Scratch()
    let lines = (0..<40).map { $0 % 2 == 0 ? "the cat sits \($0),cats" : "a dog runs \($0),dogs" }
    let table = "text,label\n" + lines.joined(separator: "\n") + "\n"
    try scratch.write(Array(table.utf8), to: "pets.csv")
    let run = scratch.file("run")
    let trained = try Command.run(
      "train", "--data", scratch.file("pets.csv"), "--preset", "sentence-gru", "--out", run,
      "--epochs", "1", "--quiet", "--set", "latent=2", "--set", "encoder.hidden=8",
      "--set", "decoder.hidden=8")
    #expect(trained.status == 0, "\(trained.errors)")
    for mode in ["frozen", "finetune", "joint"] {
      let learned = try train(run, scratch.file(mode), "--mode", mode, "--baselines", "--json")
      #expect(learned.status == 0, "\(learned.errors)")
      #expect(try learned.json["comparison"].map { "\($0.kind)" } == "a list")
    }
    expectRefusal(try train(run, scratch.file("d"), "--mode", "decoder"), 64, "step by step")
    #expect(!scratch.holds("d"))
    try scratch.write([], to: "run/tokenizer.json")
    let measured = try Command.run("classify", "evaluate", scratch.file("joint"))
    #expect(measured.status == 0 && measured.output.contains("dogs"), "\(measured.errors)")
  }

  // MARK: - Bad input

  @Test func badTrainingDataIsRefused() throws {
    let scratch = try Scratch()
    let run = try trained(scratch)
    func refuse(_ status: Int32, _ part: String, _ words: String...) throws {
      let result = try Command.run(
        ["classify", "train", run, "--out", scratch.file("c"), "--epochs", "1"] + words)
      expectRefusal(result, status, part)
      #expect(!scratch.holds("c"))
    }
    let data = scratch.file("data")
    try write(nil, to: "plain", of: scratch)
    try refuse(65, "no labels", "--data", scratch.file("plain"))
    try write([4, 4, 4, 4], of: scratch)
    try refuse(65, "one class '4'", "--data", data)
    try write([0, 1, 0, 1], test: [1, 3], of: scratch)
    try refuse(65, "'3' stands in the test part only", "--data", data)
    try refuse(64, "has 48 examples, not 1000", "--labels", "1000")
    try refuse(64, "--hidden", "--head", "linear", "--hidden", "4")
    try refuse(64, "--mode", "--mode", "thawed")
    try refuse(66, "nothing", "--data", scratch.file("nothing"))
  }

  @Test func badClassifiersAndOtherClassesAreRefused() throws {
    let scratch = try Scratch()
    let (run, out) = (try trained(scratch), scratch.file("c"))
    expectRefusal(
      try Command.run("classify", "evaluate", scratch.file("none")), 66, "holds no classifier")
    expectRefusal(try Command.run("classify", "evaluate", run), 66, "holds no classifier")
    #expect(try train(run, out, "--quiet").status == 0)
    let before = try scratch.contents(of: "c")
    expectRefusal(try train(run, out), 73, "already holds")

    let data = scratch.file("data")
    try write([0, 11], of: scratch)
    expectRefusal(
      try Command.run("classify", "evaluate", out, "--data", data, "--split", "train"), 65,
      "'11' is none of the classifier's")
    #expect(try scratch.contents(of: "c") == before)

    var bytes = try scratch.bytes("c/classifier.safetensors")
    bytes[bytes.count / 2] ^= 4
    try scratch.write(bytes, to: "c/classifier.safetensors")
    expectRefusal(
      try Command.run("classify", "evaluate", out), 65, "classifier.safetensors")
    try scratch.write(Array("classes: [a]\n".utf8), to: "c/classifier.yaml")
    expectRefusal(try Command.run("classify", "evaluate", out), 65, "classifier.yaml")
  }

  /// Predicting asks for no labels, measuring does.
  @Test func unlabelledDataIsPredicted() throws {
    let scratch = try Scratch()
    let out = scratch.file("c")
    #expect(try train(trained(scratch), out, "--quiet").status == 0)
    try write(nil, to: "plain", of: scratch)
    let data = ["--data", scratch.file("plain")]
    expectRefusal(try Command.run(["classify", "evaluate", out] + data), 65, "no labels")
    let used = try Command.run(
      ["classify", "predict", out, "--out", scratch.file("p.csv"), "--split", "train"] + data)
    #expect(used.status == 0, "\(used.errors)")
    #expect(scratch.holds("p.csv"))
    expectRefusal(
      try Command.run(["classify", "predict", out, "--out", "/dev/null/p.csv"] + data), 73,
      "/dev/null")
  }

  @Test func theExampleComparesItsClassifiers() throws {
    let scratch = try Scratch()
    let command = Command([scratch.file("out"), "1", "60"], of: "Classification")
    try command.start()
    let result = command.finish()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("labels   codes   pixels"))
    #expect(try PNGFile(path: scratch.file("out/confusion.png")).image.width > 100)
  }
}
