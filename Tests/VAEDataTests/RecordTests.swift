import TensorCore
import Testing
import VAECore
import VAEData

/// Records of PhysioNet's format, and times of anomalies beside tables.
@Suite struct RecordTests {
  let folder = TemporaryFolder()

  static let header = """
    # a remark
    100 2 360 4
    100.dat 212 200 11 1024 995 -22131 0 MLII
    100.dat 212 100(1000)/mV 11 1024 1011 20052 0 V5
    # 69 M
    """
  /// (995, 1011), (-1, 2047), (-2047, 0), (1024, 1000) in 12 bits.
  static let packed: [UInt8] = [
    0xE3, 0x33, 0xF3, 0xFF, 0x7F, 0xFF, 0x01, 0x08, 0x00, 0x00, 0x34, 0xE8,
  ]

  /// A record's files, with what stands in them.
  private func record(
    _ header: String = header, _ data: [UInt8] = packed, beats: [UInt8]? = nil
  ) -> String {
    folder.write("100.dat", data)
    if let beats { folder.write("100.atr", beats) }
    return folder.write("100.hea", header)
  }

  private func frames(
    _ path: String, _ change: (inout SignalOptions) -> Void = { _ in }
  ) throws -> [Float] {
    let splits = try SignalDataset.open(path, options: signalOptions(change)).splits
    return try splits.train.sequences(at: [0]).values.floats
  }

  static let wanted: [Float] = [
    (995 - 1024) / 200, (1011 - 1000) / 100, (-1 - 1024) / 200, (2047 - 1000) / 100,
    (-2047 - 1024) / 200, -1000 / 100, 0, 0,
  ]

  @Test func samplesBecomePhysicalUnits() throws {
    let path = record()
    for path in [path, String(path.dropLast(4)), folder.path] {
      #expect(try frames(path) == Self.wanted)
    }
    for column in ["V5", "2"] {
      #expect(try frames(path) { $0.columns = [column] } == [0.11, 10.47, -10, 0])
    }
    // Sixteen bits, and neither gain nor count written.
    let words: [UInt8] = [0xC8, 0, 0x38, 0xFF]
    #expect(try frames(record("100 1\n100.dat 16\n", words)) == [1, -1])
  }

  @Test func aWindowWithAnAbnormalBeatIsAnomalous() throws {
    func half(_ code: Int, _ value: Int) -> [UInt8] {
      let word = code << 10 | value
      return [UInt8(word & 255), UInt8(word >> 8)]
    }
    // A change of rhythm with a remark of 3 letters, a normal beat at 1, a long way to 2, a number,
    // and a ventricular beat at 2.
    var beats = half(28, 0) + half(63, 3) + [40, 78, 0, 0] + half(1, 1)
    beats += half(59, 0) + [0, 0, 1, 0] + half(60, 1) + half(5, 0)
    let path = record(beats: beats + half(0, 0))
    let set = try SignalDataset.open(path, options: signalOptions { $0.window = 1 }).splits.train
    #expect(set.labels == [0, 0, 1, 0] && set.classNames == ["normal", "anomalous"])
    let cut = try #require(failure(openingSeries: record(beats: beats)))
    #expect(cut.kind == .bad && cut.path.hasSuffix(".atr") && cut.description.contains("cut short"))
  }

  static let damaged: [(header: String, kind: DataError.Kind, says: String)] = [
    ("100 2 360 4\n100.dat 212 200\n", .bad, "says 2 signals, and has lines for 1"),
    ("100 1 360 4\nabc.dat 212 200\n", .missing, "abc.dat, which are not beside it"),
    (
      "100 1 360 4\n100.dat 310 200\n", .bad,
      "format 310, and 16, 24, 32, 61, 80, 160, 212 are read"
    ),
    ("100 1 360 4\n100.dat 212x2 200\n", .bad, "line 2 describes no signal"),
    ("100 1 360 999999999\n100.dat 212 200\n", .bad, "999999999 samples of each signal, but 8"),
    ("100/3 2 360 4\n", .bad, "says 3 segments, and has lines for 0"),
    ("100/1 2 360 4\n101 4\n", .missing, "names the segment 101, which is not beside it"),
    ("100/1 2 360 4\n~ 4\n", .bad, "line 2 leaves a gap of 4 samples"),
    ("100/2 2 360 4\nlayout 0\n101 4\n", .bad, "line 2 says that the signals differ"),
    ("words\n", .bad, "is no header"),
    ("100 2 360 4\n100.dat 16 200\n100.dat 212 200\n", .bad, "several formats in one file"),
  ]

  @Test(arguments: damaged.indices) func damageIsNamed(place: Int) throws {
    let (header, kind, says) = Self.damaged[place]
    let error = try #require(failure(openingSeries: record(header)))
    #expect(error.kind == kind && error.description.contains(says), "\(error)")
  }

  static let formats: [(format: String, bytes: [UInt8])] = [
    ("16", [1, 0, 0xFE, 0xFF, 3, 0, 0, 0x7F]), ("61", [0, 1, 0xFF, 0xFE, 0, 3, 0x7F, 0]),
    ("160", [1, 0x80, 0xFE, 0x7F, 3, 0x80, 0, 0xFF]),
    ("24", [1, 0, 0, 0xFE, 0xFF, 0xFF, 3, 0, 0, 0, 0x7F, 0]),
    ("32", [1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0, 0, 0x7F, 0, 0]),
    ("16+3", [9, 9, 9, 1, 0, 0xFE, 0xFF, 3, 0, 0, 0x7F]),
  ]

  @Test(arguments: formats.indices) func signalsOfAnyFormatAreRead(place: Int) throws {
    let (format, bytes) = Self.formats[place]
    // A length of 0 stands for one that is not known.
    let path = record("100 2 360 0\n100.dat \(format) 1\n100.dat \(format) 1\n", bytes)
    #expect(try frames(path) == [1, -2, 3, 0x7F00])
  }

  @Test func bytesAreOffset() throws {
    #expect(try frames(record("100 1\n100.dat 80 1\n", [129, 126, 255, 1])) == [1, -2, 127, -127])
  }

  @Test func signalsMayLieInSeveralFiles() throws {
    folder.write("a.dat", [1, 0, 2, 0])
    folder.write("b.dat", [131, 132])
    let path = folder.write("ab.hea", "ab 2 360 2\na.dat 16 1\nb.dat 80 1\n")
    #expect(try frames(path) == [1, 3, 2, 4])
  }

  /// A record is an example; a window of one is not all of its file.
  @Test func recordsAreKnownByTheirFiles() throws {
    for name in ["a", "b"] {
      folder.write("\(name).dat", [1, 0, 2, 0])
      folder.write("\(name).hea", "\(name) 1 360 2\n\(name).dat 16 1\n")
    }
    let whole = try SignalDataset.open(folder.path, options: SignalOptions()).splits.train
    #expect((0..<2).map(whole.fileName) == ["a.hea", "b.hea"])
    let windows = try SignalDataset.open(folder.path, options: signalOptions { $0.window = 1 })
    #expect(windows.splits.train.fileName(of: 0) == nil)
  }

  @Test func segmentsFollowEachOther() throws {
    folder.write("s1.dat", [1, 0, 2, 0])
    folder.write("s2.dat", [131, 132, 133])
    folder.write("s1.hea", "s1 1 360 2\ns1.dat 16 1\n")
    folder.write("s2.hea", "s2 1 360 3\ns2.dat 80 1\n")
    let path = folder.write("all.hea", "all/2 1 360 5\ns1 2\ns2 3\n")
    #expect(try frames(path) == [1, 2, 3, 4, 5])
    folder.write("s2.hea", "s2 1 360 2\ns2.dat 80 1 8 0 0 0 0 V5\n")
    #expect(failure(openingSeries: path)?.description.contains("other signals") == true)
  }

  @Test func missingValuesAndSignalsAreNamed() throws {
    let gap = try #require(failure(openingSeries: record("100 1\n100.dat 212\n", [0, 8, 0])))
    #expect(gap.kind == .bad && gap.description.contains("signal 1 has no value at sample 0"))
    let column = failure(openingSeries: record(), signalOptions { $0.columns = ["V6"] })
    #expect(column?.kind == .usage)
    #expect(column?.description.contains("its signals are MLII, V5") == true)
  }

  // MARK: - Times of anomalies

  @Test func windowsOverlapAnomalousTimes() throws {
    let rows = (0..<6).map { "2014-04-0\($0 + 1) 00:00:00,\($0)\n" }.joined()
    let path = folder.write("real/taxi.csv", "timestamp,value\n" + rows)
    let times = folder.write(
      "windows.json",
      #"{"else/b.csv": [], "real/taxi.csv": [["2014-04-03 00:00:00.000000", "2014-04-03 09:00:00"]]}"#
    )
    let options = signalOptions { ($0.window, $0.anomalies) = (2, times) }
    #expect(try SignalDataset.open(path, options: options).splits.train.labels == [0, 1, 0])
    for (text, says) in [
      ("{", "is no JSON"), ("[]", "pairs of times"), (#"{"taxi.csv": [["2", "1"]]}"#, "taxi.csv"),
      ("{}", "says nothing of taxi.csv"),
    ] {
      folder.write("windows.json", text)
      let error = try #require(failure(openingSeries: path, options))
      #expect(error.kind == .bad && error.path == times && error.description.contains(says))
    }
    folder.write("windows.json", #"{"taxi.csv": []}"#)
    folder.write("real/taxi.csv", "value\n1\n2\n")
    #expect(failure(openingSeries: path, options)?.description.contains("column of times") == true)
  }
}
