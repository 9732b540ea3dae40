import Foundation
import ImageOutput
import Testing
import VAEZoo

/// A trained run over a few digits.
private func trainedRun(in scratch: Scratch) throws -> String {
  let run = scratch.file("run")
  let trained = try Command.run(
    [
      "train", "--data", "digits", "--preset", "pytorch-mnist", "--out", run, "--epochs", "3",
      "--quiet", "--set",
      "pictures_every=0",
    ] + tiny)
  #expect(trained.status == 0, "\(trained.errors)")
  return run
}

@Suite struct DetectTests {
  /// Plain grey squares are no digits: they are strangest by every score that asks the pixels.
  @Test func whatIsNoDigitIsStrange() throws {
    let scratch = try Scratch()
    let run = try trainedRun(in: scratch)
    for (folder, gray) in [("odd", 200), ("dark", 1)] {
      try FileManager.default.createDirectory(
        atPath: scratch.file("mixed/\(folder)"), withIntermediateDirectories: true)
      for index in 0..<3 {
        let image = Image(height: 28, width: 28, color: Color(gray: UInt8(gray + index)))
        try image.writePNG(to: scratch.file("mixed/\(folder)/\(index).png"))
      }
    }
    for score in ["elbo", "likelihood", "reconstruction", "typicality"] {
      let found = try Command.run(
        "detect", run, "--data", scratch.file("mixed"), "--score", score, "--anomalies", "odd",
        "--importance-samples", "3", "--set", "data.channels=gray", "--out",
        scratch.file("scores.csv"), "--json")
      #expect(found.status == 0, "\(found.errors)")
      let report = try found.json
      #expect(report["examples"] == 6)
      if score != "typicality" { #expect(report["auroc"]?.number == 1) }
      #expect(report["threshold"]?.number?.isFinite == true)
      let lines = String(decoding: try scratch.bytes("scores.csv"), as: UTF8.self)
        .split(separator: "\n")
      #expect(lines.count == 7 && lines[0] == "part,index,file,score,anomalous,label")
      #expect(lines[1].hasPrefix("all,0,dark/0.png,"))
      #expect(try PNGFile(path: "\(run)/detection.png").image.width > 100)
    }
  }

  /// Classes that are left out in training are no part of what is normal; others are warned of.
  @Test func whatIsToBeFoundIsNotTrainedOn() throws {
    let scratch = try Scratch()
    let run = scratch.file("run")
    let trained = try Command.run(
      [
        "train", "--preset", "pytorch-mnist", "--out", run, "--epochs", "1", "--quiet", "--set",
        "pictures_every=0", "--set", "data.leaves_out=[0, 1]",
      ] + tiny)
    #expect(trained.status == 0, "\(trained.errors)")
    let folder = RunFolder(run)
    let configuration = try RunConfiguration(in: folder)
    #expect(configuration.data.leavesOut == ["0", "1"])
    let data = try Run<ImageDomain>(configuration, in: folder).open(configuration)
    #expect(Set(data.train.labelNames ?? []).isDisjoint(with: ["0", "1"]))
    #expect(data.train.count == 48)
    #expect(data.test?.labels?.contains(0) == true)
    func warning(_ anomalies: String) throws -> Bool {
      let found = try Command.run(
        "detect", run, "--anomalies", anomalies, "--out", scratch.file("scores.csv"))
      #expect(found.status == 0, "\(found.errors)")
      return found.errors.contains("was trained on examples of 2 too")
    }
    #expect(try !warning("0,1"))
    #expect(try warning("0,2"))
    for (change, part) in [
      ("data.leaves_out=[12]", "no class is called '12'"), ("data.classes=3", "a list of classes"),
      ("data.classes=[[1]]", "names of classes"),
    ] {
      expectRefusal(
        try Command.run("train", "--data", "digits", "--out", scratch.file("x"), "--set", change),
        64,
        part)
    }
    expectRefusal(
      try Command.run(
        "train", "--out", scratch.file("x"), "--set", "data.classes=[1]", "--set",
        "data.leaves_out=[1]"), 64, "which data.classes chooses")
  }

  /// A saw that leaves its range once: every window is scored, that one highest.
  @Test func aLongSeriesIsScoredWindowByWindow() throws {
    let scratch = try Scratch()
    let steps = (0..<640).map { step in
      let isOdd = (320..<336).contains(step)
      return "\(Double(step % 16) * (isOdd ? 9 : 1)),\(isOdd ? 1 : 0)"
    }
    let csv = scratch.file("saw.csv")
    try scratch.write(Array((["value,label"] + steps).joined(separator: "\n").utf8), to: "saw.csv")
    let trained = try Command.run(
      "train", "--data", csv, "--preset", "series-gru", "--out", scratch.file("run"), "--epochs",
      "1", "--quiet", "--set", "data.window=16", "--set", "data.trains_on_normal=true", "--set",
      "pictures_every=0")
    #expect(trained.status == 0, "\(trained.errors)")
    let found = try Command.run(
      "detect", scratch.file("run"), "--out", scratch.file("scores.csv"), "--json")
    #expect(found.status == 0, "\(found.errors)")
    #expect(try found.json["examples"] == 40)
    #expect(try found.json["auroc"]?.number == 1)
    let lines = String(decoding: try scratch.bytes("scores.csv"), as: UTF8.self)
      .split(separator: "\n")
    #expect(lines[0] == "part,index,score,anomalous,label,series,start,end")
    #expect(lines[1].hasSuffix(",0,16") && lines[40].hasSuffix(",624,640"))
    #expect(lines[21].contains(",1,anomalous,") && lines[21].hasSuffix(",320,336"))
    #expect(try PNGFile(path: scratch.file("run/detection.png")).image.width == 1200)
  }

  /// The test part has series that the training part has not, among them the strangest.
  @Test func partsHaveSeriesOfTheirOwn() throws {
    let scratch = try Scratch()
    func saw(_ steps: Int, oddAt odd: Range<Int> = 0..<0) -> Tensor {
      let values = (0..<steps).map { Float($0 % 16) * (odd.contains($0) ? 9 : 1) }
      return Tensor(values, shape: [1, steps, 1])
    }
    try FileManager.default.createDirectory(
      atPath: scratch.file("parts"), withIntermediateDirectories: true)
    try NPY.write(saw(320), to: scratch.file("parts/x_train.npy"))
    try NPY.write(
      .concatenated([saw(192), saw(192, oddAt: 64..<80)], along: 0),
      to: scratch.file("parts/x_test.npy"))
    let trained = try Command.run(
      "train", "--data", scratch.file("parts"), "--preset", "series-gru", "--out",
      scratch.file("run"), "--epochs", "1", "--quiet", "--set", "data.window=16", "--set",
      "pictures_every=0")
    #expect(trained.status == 0, "\(trained.errors)")
    let found = try Command.run(
      "detect", scratch.file("run"), "--out", scratch.file("scores.csv"), "--json")
    #expect(found.status == 0, "\(found.errors)")
    #expect(try found.json["examples"] == 44)
    let lines = String(decoding: try scratch.bytes("scores.csv"), as: UTF8.self)
      .split(separator: "\n").dropFirst()
    let strangest = lines.max {
      (Double($0.split(separator: ",")[2]) ?? 0) < (Double($1.split(separator: ",")[2]) ?? 0)
    }
    #expect(strangest?.hasPrefix("test,") == true && strangest?.hasSuffix(",64,80") == true)
    #expect(try PNGFile(path: scratch.file("run/detection.png")).image.width == 1200)
  }

  @Test func theSameSeedGivesTheSameScores() throws {
    let scratch = try Scratch()
    let run = try trainedRun(in: scratch)
    for name in ["a.csv", "b.csv"] {
      let found = try Command.run("detect", run, "--out", scratch.file(name), "--quiet")
      #expect(found.status == 0 && found.output.isEmpty, "\(found.errors)")
    }
    #expect(try scratch.bytes("a.csv") == scratch.bytes("b.csv"))
  }

  @Test func embeddingsAreDrawnMeasuredAndWritten() throws {
    let scratch = try Scratch()
    let run = try trainedRun(in: scratch)
    for (method, words) in [("codes", []), ("pca", ["pca"]), ("tsne", ["tsne"])] {
      let found = try Command.run(
        ["embed", run, "--count", "40", "--codes", scratch.file("codes.csv"), "--json"]
          + words.flatMap { ["--method", $0] })
      #expect(found.status == 0, "\(found.errors)")
      let report = try found.json
      #expect(report["method"]?.text == method && report["clusters"] == 10)
      for name in ["k_means", "gaussian_mixture"] {
        let accuracy = try #require(report[name]?["accuracy"]?.number)
        #expect(accuracy >= 0.1 && accuracy <= 1)
      }
      #expect(try PNGFile(path: "\(run)/embedding.png").image.width == 820)
      let lines = String(decoding: try scratch.bytes("codes.csv"), as: UTF8.self)
        .split(separator: "\n")
      #expect(lines.count == 41 && lines[0] == "index,code_1,code_2,label")
    }
  }

  @Test func badInputIsOneLine() throws {
    let scratch = try Scratch()
    let run = try trainedRun(in: scratch)
    let csv = scratch.file("scores.csv")
    let cases: [([String], Int32, String)] = [
      (["detect", run], 64, "--out"),
      (["detect", run, "--out", csv, "--score", "oddness"], 64, "typicality"),
      (["detect", run, "--out", csv, "--quantile", "2"], 64, "--quantile"),
      (["detect", run, "--out", csv, "--anomalies", "ten"], 64, "no class is called 'ten'"),
      (["detect", run, "--out", csv, "--anomalies", "0,1,2,3,4,5,6,7,8,9"], 65, "--normal"),
      (["detect", run, "--out", csv, "--normal", scratch.file("none")], 66, "none"),
      (["detect", run, "--out", scratch.file("run")], 64, "ends in .csv"),
      (["detect", scratch.file("missing"), "--out", csv], 66, "no such run"),
      (["embed", run, "--clusters", "49", "--count", "48"], 64, "49 clusters of 48"),
      (["embed", run, "--method", "umap"], 64, "tsne"),
      (["embed", run, "--perplexity", "0"], 64, "--perplexity"),
      (["embed", run, "--data", scratch.file("none")], 66, "none"),
    ]
    for (words, status, part) in cases {
      let result = try Command.run(words)
      #expect(result.status == status, "\(words): \(result.errors)")
      #expect(result.errors.contains(part), "\(words): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1 && result.output.isEmpty)
      #expect(!scratch.holds("scores.csv"))
    }
  }
}
