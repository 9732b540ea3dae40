import Foundation
import TensorCore
import Testing
import VAEZoo

/// What is chosen for data that nobody names a preset for, and what a model finds again in other data.
@Suite struct RecipeTests {
  let folder = NSTemporaryDirectory() + "vae-recipes-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func write(_ name: String, _ text: String) throws -> String {
    let path = "\(folder)/\(name)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func write(_ name: String, _ array: Tensor) throws -> String {
    try NPY.write(array, to: "\(folder)/\(name)")
    return "\(folder)/\(name)"
  }

  /// The preset and the values of some keys, as a configuration would have them.
  private func chosen(
    _ path: String, _ changes: ConfigurationValue = .mapping([])
  ) throws -> (recipe: Recipe, configuration: RunConfiguration) {
    let recipe = try #require(try Registry.standard.recipe(fitting: path, changes: changes))
    return (recipe, try RunConfiguration(recipe.tree))
  }

  private func table(_ names: [String], rows: Int, _ cell: (Int, Int) -> String) -> String {
    let lines = (0..<rows).map { row in
      names.indices.map { cell(row, $0) }.joined(separator: ",")
    }
    return ([names.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }

  /// Numbers that look random, the same each time.
  private func number(_ row: Int, _ column: Int) -> Double {
    sin(Double(row * 37 + column * 91)) * Double(column + 1) * 10
  }

  @Test(arguments: [4, 13])
  func rowsOfNumbersAreStandardized(columns: Int) throws {
    let names = (0..<columns).map { "\(Character(UnicodeScalar(97 + UInt8($0))))" }
    let path = try write("rows.csv", table(names, rows: 50) { "\(number($0, $1))" })
    let (recipe, configuration) = try chosen(path)
    #expect(recipe.preset == "table-mlp" && recipe.data == "rows of \(columns) numbers")
    #expect(configuration.model.options[["likelihood", "name"]] == "gaussian")
    #expect(configuration.data.reading["scaling"] == "standardize")
    // 50 rows are few: small batches, many epochs, and an end where they no longer help.
    #expect(configuration.trainer.batchSize == 32 && configuration.trainer.epochs == 500)
    #expect(configuration.trainer.earlyStopping?.patience == 50)
    #expect(recipe.sentence.contains("chosen --preset table-mlp --set trainer.batch_size=32"))
  }

  @Test func rowsOfFlipsAreCoins() throws {
    let path = try write(
      "flips.csv", table(["a", "b", "c"], rows: 30) { ($0 * 3 + $1 * 5) % 7 < 3 ? "1" : "0" })
    let configuration = try chosen(path).configuration
    #expect(configuration.model.options[["likelihood", "name"]] == "bernoulli")
    #expect(configuration.data.reading["scaling"] == "none")
  }

  @Test func imagesAreMetByTheirSizeAndColour() throws {
    var key = RandomKey(seed: 1)
    func recipe(_ shape: Shape, _ low: Double = 0, _ high: Double = 1) throws -> (String, String?) {
      let (recipe, configuration) = try chosen(
        write("x.npy", key.uniform(shape, low: low, high: high)))
      return (recipe.preset, configuration.model.options[["likelihood", "name"]]?.text)
    }
    #expect(try recipe([20, 28, 20]) == ("dense-16", "bernoulli"))
    #expect(try recipe([20, 28, 20], -1, 1) == ("dense-16", "gaussian"))
    #expect(try recipe([20, 48, 36]) == ("image-conv", "bernoulli"))
    #expect(try recipe([20, 32, 32, 3]) == ("image-conv", "gaussian"))
    #expect(try recipe([20, 16, 16, 3]) == ("image-conv", "gaussian"))
  }

  /// Many examples take the preset as it is.
  @Test func manyExamplesChangeNothing() throws {
    let recipe = try chosen(write("many.npy", Tensor.zeros([40_000, 2, 2]))).recipe
    #expect(recipe == Recipe("dense-16", for: "2x2 grey", exampleCount: 40_000))
  }

  /// A class in front, tabs, and numbers whose neighbours are alike: the UCR archive's form.
  @Test func seriesOfTheArchiveAreSeries() throws {
    let lines = (0..<30).map { row in
      (["\(row % 3 + 1)"]
        + (0..<60).map { "\(sin(Double($0 + row) / 9) + 0.01 * sin(Double($0 * $0 + row)))" })
        .joined(separator: "\t")
    }
    for name in ["Beats_TRAIN.tsv", "Beats_TRAIN.txt"] {
      let (recipe, configuration) = try chosen(write(name, lines.joined(separator: "\n")))
      #expect(recipe.preset == "series-mlp" && configuration.data.kind == "signals")
      let read = try SignalDataset.open("\(folder)/\(name)", options: SignalOptions())
      let labels = read.splits.train.labelNames?.prefix(4)
      #expect(labels == ["1", "2", "3", "1"] && read.splits.train.longest == 60)
      #expect(read.splits.train.notes.first?.contains("column 1 is read as the label") == true)
    }
  }

  @Test func aTableOfTimesIsCutIntoWindows() throws {
    let text = table(["time", "load"], rows: 600) { row, column in
      column == 0 ? "2024-03-\(10 + row / 24) \(10 + row % 24 / 3):00:00" : "\(number(row, 1))"
    }
    let (recipe, configuration) = try chosen(write("load.csv", text))
    #expect(recipe.preset == "series-mlp")
    #expect(configuration.data.reading["window"] == 128)
    // What is asked for stays.
    let own = try chosen("\(folder)/load.csv", ["data": ["window": 24]]).configuration
    #expect(own.data.reading["window"] == .null)
  }

  @Test func textIsReadByWordsOrLetters() throws {
    let names = (0..<50).map { "Ka\(Character(UnicodeScalar(97 + UInt8($0 % 26))))lo\($0 / 26)" }
    #expect(try chosen(write("n.txt", names.joined(separator: "\n"))).recipe.preset == "name-gru")
    #expect(
      try chosen(write("n.csv", "name\n" + names.joined(separator: "\n"))).recipe.preset
        == "name-gru")
    let lines = (0..<50).map { "the \($0 % 5) cats saw the dog in the garden of the house" }
    let gaps = lines.joined(separator: "\n\n")
    let text = try chosen(write("t.txt", gaps)).recipe
    #expect(text.preset == "sentence-gru" && text.changes[["data", "skips_empty"]] == true)
    let molecules =
      "id,smiles\n"
      + (0..<20).map { "\($0),CC(C)O\($0 % 2 == 0 ? "C" : "N")" }
      .joined(separator: "\n")
    #expect(try chosen(write("m.csv", molecules)).recipe.preset == "smiles-gru")
  }

  // MARK: - What a model finds again

  private func known<D: Domain>(
    _ domain: D.Type, _ path: String, _ reading: D.Reading
  ) throws -> D {
    let (fresh, _) = try D.open(path, reading, as: nil)
    // As a run folder keeps it.
    let format = ConfigurationValue(encoding: fresh.format)
    return try D(format.decoded(as: D.Format.self, at: []), in: RunFolder(folder))
  }

  @Test func columnsOfATableAreFoundByTheirNames() throws {
    let path = try write("a.csv", "height,width,weight\n1.5,20,3\n2.5,40,5\n")
    let domain = try known(ImageDomain.self, path, ImageDomain.Reading())
    let mixed = try write("b.csv", "weight,note,width,height\n3,x,20,1.5\n")
    let (_, read) = try ImageDomain.open(mixed, ImageDomain.Reading(), as: domain)
    #expect(try read.train.images(at: [0]).floats == [-1, -1, -1])
    let other = try write("c.csv", "height,width,mass\n1,2,3\n")
    #expect {
      try ImageDomain.open(other, ImageDomain.Reading(), as: domain)
    } throws: { "\($0)".contains("has no column \"weight\"") }
  }

  @Test func columnsOfASeriesAreFoundByTheirNames() throws {
    var reading = SignalOptions()
    reading.window = 2
    let path = try write("a.csv", "time,u,v\n1,1,10\n2,2,20\n3,3,30\n4,4,40\n")
    reading.columns = ["u", "v"]
    let domain = try known(SignalDomain.self, path, reading)
    reading.columns = []
    let mixed = try write("b.csv", "v,w,u\n10,0,1\n20,0,2\n")
    let (_, read) = try SignalDomain.open(mixed, reading, as: domain)
    let (_, own) = try SignalDomain.open(path, reading, as: domain)
    #expect(try read.train.sequences(at: [0]).values == own.train.sequences(at: [0]).values)
  }

  /// Sound at another rate is brought to that of the run, and no other rate is taken.
  @Test func soundKeepsItsRate() throws {
    func sound(_ rate: Int) throws -> String {
      let samples = (0..<rate).map { Int16(9000 * sin(2 * .pi * 440 * Double($0) / Double(rate))) }
      func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
      }
      let data = samples.flatMap(bytes)
      let format =
        bytes(UInt16(1)) + bytes(UInt16(1)) + bytes(UInt32(rate)) + bytes(UInt32(rate * 2))
        + bytes(UInt16(2)) + bytes(UInt16(16))
      let body =
        Array("WAVEfmt ".utf8) + bytes(UInt32(16)) + format + Array("data".utf8)
        + bytes(UInt32(data.count)) + data
      let path = "\(folder)/tone\(rate).wav"
      try Data(Array("RIFF".utf8) + bytes(UInt32(body.count)) + body)
        .write(to: URL(fileURLWithPath: path))
      return path
    }
    let slow = try sound(8000)
    let domain = try known(SignalDomain.self, slow, SignalOptions())
    #expect(domain.format.origin?.sampleRate == 8000)
    let (_, fast) = try SignalDomain.open(sound(16_000), SignalOptions(), as: domain)
    let (_, own) = try SignalDomain.open(slow, SignalOptions(), as: domain)
    let (there, here) = (
      try fast.train.sequences(at: [0]), try own.train.sequences(at: [0])
    )
    #expect(there.time == here.time)
    // The tone stands in the same band, far above all others.
    func loudest(_ x: Sequences) -> Int? {
      let frame = domain.format.scaling?.invert(x).values.floats.prefix(40) ?? []
      return frame.indices.max { frame[$0] < frame[$1] }
    }
    #expect(loudest(there) != nil && loudest(there) == loudest(here))
    var asked = SignalOptions()
    asked.sampleRate = 16_000
    #expect {
      try SignalDomain.open(slow, asked, as: domain)
    } throws: { "\($0)".contains("was trained on sound of 8000 samples a second") }
  }

  /// A run whose images are plain shares of 255 keeps their shape alone, as runs always did.
  @Test func formatsOfImagesAreShort() throws {
    let path = try write("g.npy", Tensor(repeating: 0.5, shape: [3, 4, 4]))
    let grey = try ImageDomain.open(path, ImageDomain.Reading(), as: nil).domain
    #expect(ConfigurationValue(encoding: grey.format) == [4, 4, 1])
    let rows = try write("r.csv", "a,b\n1,20\n3,40\n")
    let table = try ImageDomain.open(rows, ImageDomain.Reading(), as: nil).domain
    let tree = ConfigurationValue(encoding: table.format)
    #expect(tree["shape"] == [1, 2, 1] && tree["columns"] == ["a", "b"])
    #expect(try tree.decoded(as: ImageDomain.Format.self, at: []) == table.format)
  }
}
