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
    ("100 1 360 4\n100.dat 80 200\n", .bad, "format 80, and 16 and 212 are read"),
    ("100 1 360 4\n100.dat 212x2 200\n", .bad, "line 2 describes no signal"),
    ("100 1 360 999999999\n100.dat 212 200\n", .bad, "999999999 samples of each signal, but 8"),
    ("100/3 2 360 4\n", .bad, "several segments"),
    ("words\n", .bad, "is no header"),
    ("100 2 360 4\n100.dat 16 200\n100.dat 212 200\n", .bad, "several files or formats"),
  ]

  @Test(arguments: damaged.indices) func damageIsNamed(place: Int) throws {
    let (header, kind, says) = Self.damaged[place]
    let error = try #require(failure(openingSeries: record(header)))
    #expect(error.kind == kind && error.description.contains(says), "\(error)")
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
