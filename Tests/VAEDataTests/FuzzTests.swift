import TensorCore
import Testing
import VAECore
import VAEData

/// Whatever is in a file, opening it gives data or an error, and never ends the process.
@Suite struct FuzzTests {
  static let samples: [(name: String, bytes: [UInt8])] = [
    ("images.idx", idx([3, 4, 5], (0..<60).map { UInt8($0) })),
    ("images.idx.gz", gzip(idx([3, 4, 5], (0..<60).map { UInt8($0) }))),
    ("array.npy", try! Bytes.read("\(goldenFolder)/uint8-fortran.npy")),
    ("floats.npy", try! Bytes.read("\(goldenFolder)/float32.npy")),
    ("arrays.npz", try! Bytes.read("\(goldenFolder)/deflated.npz")),
    ("table.csv", Array("label,a,b,c,d\ncat,1,2,3,4\n\"dog\",5,0.5,1e2,-8\n".utf8)),
    ("table.amat", Array("0 1 1 0 \n1 0 0 1 \n".utf8)),
    ("table.csv.gz", gzip(Array("sep=;\r\n\"a\";b;c;\r\n0,5;1;\"2\";\r\n1,5;NA;3;\r\n".utf8))),
    ("rows.csv", Array("\"a\" \"b\"\n\"1\" 0.5 1\n\"2\" -2 3\n# more\n\"3\" 4 5\n".utf8)),
    ("floats.idx", idx([3, 1, 2], (0..<24).map { UInt8($0) }, type: 0x0D)),
    ("int16.idx.gz", gzip(idx([2, 3, 2, 1], (0..<24).map { UInt8($0 % 2) }, type: 0x0B))),
  ]
  static let rounds = 100

  let folder = TemporaryFolder()

  static let signals: [(name: String, bytes: [UInt8])] = [
    ("sound.wav", wav(Array(0..<400))),
    (
      "floats.wav",
      wav(
        [Float](repeating: 0.5, count: 300).map(\.bitPattern).flatMap(littleEndian), codec: 3,
        bits: 32, extensible: true)
    ),
    ("law.wav", wav((0..<200).map { UInt8($0) }, codec: 7, bits: 8)),
    ("series.npy", try! Bytes.read("\(goldenFolder)/series.npy")),
    (
      "series.csv", Array("time,value,label\n2014-04-01,1,0\n2014-04-02,2,1\n2014-04-03,3,0\n".utf8)
    ),
    ("record.hea", Array(RecordTests.header.utf8)),
    ("record.dat", RecordTests.packed),
    ("record.atr", [1, 4, 0, 0xEC, 0, 0, 1, 0, 3, 0xFC, 40, 78, 0, 0, 0, 0x14, 0, 0]),
    ("times.json", Array(#"{"series.csv": [["2014-04-02", "2014-04-03 09:00:00.5"]]}"#.utf8)),
  ]

  @Test(arguments: samples.indices) func changedFilesNeverTrap(sample: Int) throws {
    let (name, bytes) = Self.samples[sample]
    try check(bytes, seed: UInt64(sample)) { changed throws(DataError) in
      let set = try ImageDataset.open(folder.write(name, changed)).train
      _ = try set.images(at: [0, set.count - 1])
    }
  }

  @Test(arguments: signals.indices) func changedSignalsNeverTrap(sample: Int) throws {
    for (name, bytes) in Self.signals { folder.write(name, bytes) }
    let (name, bytes) = Self.signals[sample]
    let isRecord = name.hasPrefix("record")
    let opened = isRecord ? "record.hea" : name == "times.json" ? "series.csv" : name
    let options = signalOptions {
      $0.window = isRecord || opened == "series.csv" ? 2 : nil
      if opened == "series.csv" { $0.anomalies = "\(folder.path)/times.json" }
    }
    try check(bytes, seed: UInt64(sample)) { changed throws(DataError) in
      folder.write(name, changed)
      let set = try SignalDataset.open("\(folder.path)/\(opened)", options: options).splits.train
      _ = try set.sequences(at: [0, set.count - 1])
    }
  }

  static let texts: [(name: String, text: String, kind: Tokenizer.Kind)] = [
    ("a.csv", "text,label\n\"a, \"\"b\"\"\nc\",x\r\n\"d\",\"y\"\n", .characters),
    ("a.json", #"{"train": [["a\u00e9\n", "x"], ["b", "y"]], "test": [["a", "x"]]}"#, .bytePairs),
    ("a.jsonl", "{\"text\": \"a\", \"label\": 2}\n[\"b\", \"c\"]\n", .words),
    ("a.fasta", ">one\nACGT\nAC\n>two\nGG\n", .nucleotides),
    ("a.a2m", ">one\r\nMKv..L-E\r\n;why\r\nPQ\r\n>two\rMKVLE", .nucleotides),
    (
      "b.csv", "\"text\"|\"label\"\r\"1\"|\"a \"\"b\"\" c\"|x\r\"2\"|d\" e|y\r\"3\"| \"f\" |x\r",
      .characters
    ),
    ("c.csv", "sep=;\n;text;label;\n0;24\" wide;x;\n1;\"b\n\nc\";y;\n;;;\n", .characters),
    ("a.smi", "C[C@H]%12Br x\nCl\n", .smiles),
    ("a.txt", "don't é€😀 stop.\nnow\n", .words),
  ]

  @Test(arguments: texts.indices, [nil, 3]) func changedTextNeverTraps(
    sample: Int, window: Int?
  ) throws {
    let (name, text, kind) = Self.texts[sample]
    let options = textOptions(kind) { ($0.merges, $0.window, $0.stride) = (5, window, 2) }
    try check(Array(text.utf8), seed: UInt64(sample)) { changed throws(DataError) in
      let set = try TextDataset.open(folder.write(name, changed), options: options)
      let train = set.splits.train
      let tokens = try train.sequences(at: [0, train.count - 1]).values.integers
      _ = set.tokenizer.decode(tokens)
      #expect(try Tokenizer(json: set.tokenizer.json) == set.tokenizer)
    }
  }

  @Test(arguments: [nil, 3] as [Int?]) func changedSegmentsNeverTrap(window: Int?) throws {
    for (name, header) in [
      ("s1", "s1 2 360 2\ns1.dat 24+2 1\nb.dat 80 1\n"), ("s2", "s2 2\ns2.dat 32 1\ns2.dat 32 1\n"),
    ] {
      folder.write("\(name).hea", header)
      folder.write("\(name).dat", (0..<24).map { UInt8($0) })
    }
    folder.write("b.dat", (0..<24).map { UInt8($0) })
    let whole = Array("all/2 2 360 5\ns1 2\ns2 3\n".utf8)
    let part = Array("s1 2 360 2\ns1.dat 24+2 1\nb.dat 80 1\n".utf8)
    for (name, bytes) in [("all.hea", whole), ("s1.hea", part)] {
      folder.write("all.hea", whole)
      folder.write("s1.hea", part)
      try check(bytes, seed: 7) { changed throws(DataError) in
        folder.write(name, changed)
        let options = signalOptions { $0.window = window }
        let set = try SignalDataset.open("\(folder.path)/all.hea", options: options).splits.train
        _ = try set.sequences(at: [0, set.count - 1])
      }
    }
  }

  /// Gives `open` changed bytes many times; it succeeds, or fails with a sentence.
  private func check(
    _ bytes: [UInt8], seed: UInt64, _ open: ([UInt8]) throws(DataError) -> Void
  ) throws {
    var key = RandomKey(seed: seed)
    var (opened, refused) = (0, 0)
    for _ in 0..<Self.rounds {
      let dice = key.words(16)
      var changed = bytes
      for change in 0..<Int(1 + dice[0] % 3) {
        let (what, place) = (dice[4 * change + 1] % 4, Int(dice[4 * change + 2]) % changed.count)
        let value = UInt8(truncatingIfNeeded: dice[4 * change + 3])
        switch what {
        case 0: changed[place] ^= 1 << (value % 8)
        case 1: changed[place] = [0, 1, 0x7F, 0x80, 0xFF, 0x2C, 0x0A, 0x20][Int(value % 8)]
        case 2: changed.insert(value, at: place)
        default: if changed.count > 1 { changed.removeSubrange(place...) }
        }
        if changed.isEmpty { changed = [value] }
      }
      do throws(DataError) {
        try open(changed)
        opened += 1
      } catch {
        #expect(error.path.contains(folder.path) && error.description.count > error.path.count + 10)
        refused += 1
      }
    }
    #expect(opened + refused == Self.rounds && refused > 0)
  }
}
