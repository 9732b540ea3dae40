import Foundation
import TensorCore
import Testing
import VAECore
import VAEData

/// The bytes of a WAV file with the given codec, and samples that are coded already.
func wav(
  _ data: [UInt8], codec: Int = 1, channels: Int = 1, rate: Int = 8000, bits: Int = 16,
  extensible: Bool = false
) -> [UInt8] {
  func half(_ value: Int) -> [UInt8] { Array(littleEndian(UInt32(value))[..<2]) }
  let block = channels * bits / 8
  var format = half(extensible ? 0xFFFE : codec) + half(channels)
  format += littleEndian(UInt32(rate)) + littleEndian(UInt32(rate * block))
  format += half(block) + half(bits)
  if extensible {
    format += half(22) + half(bits) + littleEndian(0) + half(codec)
    format += [0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113]
  }
  let list = Array("LIST".utf8) + littleEndian(3) + [1, 2, 3, 0]
  let body =
    Array("WAVEfmt ".utf8) + littleEndian(UInt32(format.count)) + format + list
    + Array("data".utf8) + littleEndian(UInt32(data.count)) + data
  return Array("RIFF".utf8) + littleEndian(UInt32(body.count)) + body
}

/// Samples of 16 bits as a WAV file.
func wav(_ samples: [Int], rate: Int = 8000) -> [UInt8] {
  wav(samples.flatMap { littleEndian(UInt32(bitPattern: Int32($0)))[..<2] }, rate: rate)
}

@Suite struct SoundTests {
  let folder = TemporaryFolder()

  /// What NumPy and SciPy make of some sounds; `Golden/make_signals.py` writes the file.
  struct Golden: Decodable {
    struct Resampled: Decodable {
      var from: Int
      var to: Int
      var sound: [Int]
      var result: [Float]
    }
    var rate: Int
    var sound: [Int]
    var frameLength: Double
    var hop: Double
    var bands: Int
    var frameCount: Int
    var spectrum: [Float]
    var logMel: [Float]
    var resampled: [Resampled]

    static func read() throws -> Golden {
      let url = URL(fileURLWithPath: "\(goldenFolder)/signals.json")
      return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    }
  }

  /// The frames of one recording.
  private func open(
    _ bytes: [UInt8], _ change: (inout SignalOptions) -> Void
  ) throws -> Sequences {
    let path = folder.write("a.wav", bytes)
    return try SignalDataset.open(path, options: signalOptions(change)).splits.train
      .sequences(at: [0])
  }

  private func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
  }

  /// Options under which every sample is a frame.
  static func eachSample(_ options: inout SignalOptions) {
    (options.representation, options.frameLength) = (.samples, 1000 / 8000)
  }

  @Test func spectraAreNumPys() throws {
    let golden = try Golden.read()
    for representation in [SignalOptions.Representation.spectrum, .logMel] {
      let frames = try open(wav(golden.sound, rate: golden.rate)) {
        ($0.representation, $0.bands) = (representation, golden.bands)
        ($0.frameLength, $0.hop) = (golden.frameLength, golden.hop)
      }
      let wanted = representation == .spectrum ? golden.spectrum : golden.logMel
      #expect(frames.lengths == [golden.frameCount])
      #expect(largestDifference(frames.values.floats, wanted) < 1e-5)
    }
  }

  @Test func resamplingIsSciPys() throws {
    for golden in try Golden.read().resampled {
      let frames = try open(wav(golden.sound, rate: golden.from)) {
        $0.representation = .samples
        ($0.sampleRate, $0.frameLength) = (golden.to, 1000 / Double(golden.to))
      }
      let difference = largestDifference(frames.values.floats, golden.result)
      #expect(difference < 1e-6, "from \(golden.from) to \(golden.to)")
    }
  }

  struct Coding: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
  }

  static let wanted: [Float] = [0, 0.5, -0.5, -1]
  static let codings: [Coding] = [
    Coding(testDescription: "8 bits", bytes: wav([128, 192, 64, 0], bits: 8)),
    Coding(
      testDescription: "16 bits", bytes: wav([0, 0, 0, 0x40, 0, 0xC0, 0, 0x80], bits: 16)),
    Coding(
      testDescription: "24 bits",
      bytes: wav([0, 0, 0, 0, 0, 0x40, 0, 0, 0xC0, 0, 0, 0x80], bits: 24)),
    Coding(
      testDescription: "32 bits",
      bytes: wav([0, 0x4000_0000, 0xC000_0000, 0x8000_0000].flatMap(littleEndian), bits: 32)),
    Coding(
      testDescription: "floats",
      bytes: wav(wanted.map(\.bitPattern).flatMap(littleEndian), codec: 3, bits: 32)),
    Coding(
      testDescription: "extensible doubles",
      bytes: wav(
        wanted.map { Double($0).bitPattern }.flatMap {
          littleEndian(UInt32(truncatingIfNeeded: $0)) + littleEndian(UInt32($0 >> 32))
        }, codec: 3, bits: 64, extensible: true)),
    Coding(
      testDescription: "two channels",
      bytes: wav([192, 64, 255, 129, 0, 128, 0, 0], channels: 2, bits: 8)),
  ]

  @Test(arguments: codings) func samplesAreDecoded(coding: Coding) throws {
    let frames = try open(coding.bytes, Self.eachSample)
    #expect(frames.lengths == [4] && frames.values.floats == Self.wanted)
  }

  @Test(arguments: [[0, 0, 0, 0], [255, 255, 255, 255], [0, 240, 255, 127]] as [[UInt8]])
  func whatWasWrittenIntoAPipeGoesOnToItsEnd(size: [UInt8]) throws {
    var bytes = wav([0, 0, 0, 0x40, 0, 0xC0, 0, 0x80], bits: 16)
    bytes.replaceSubrange(52..<56, with: size)
    let frames = try open(bytes, Self.eachSample)
    #expect(frames.lengths == [4] && frames.values.floats == Self.wanted)
  }

  @Test func mulawAndAlawAreDecoded() throws {
    // As Python's audioop decodes them to 16 bits.
    let laws: [(codec: Int, wanted: [Float])] = [
      (7, [-32124, 0, 32124, 0, -8828]), (6, [-5504, -848, 5504, 848, -3520]),
    ]
    for (codec, wanted) in laws {
      let frames = try open(
        wav([0, 0x7F, 0x80, 0xFF, 0x1E], codec: codec, bits: 8), Self.eachSample)
      #expect(frames.values.floats.map { $0 * 32768 } == wanted)
    }
  }

  @Test func unreadableRecordingsMayBePassedOver() throws {
    for name in ["a_1", "b_1"] { folder.write("set/\(name).wav", wav(Array(0..<300))) }
    folder.write("set/a_2.wav", "no sound")
    folder.write("set/_3.wav", wav(Array(0..<300)))
    #expect(failure(openingSeries: "\(folder.path)/set")?.path.hasSuffix("a_2.wav") == true)
    let set = try SignalDataset.open(
      "\(folder.path)/set", options: signalOptions { $0.skipBad = true }
    ).splits.train
    // What stands before the underscore is a class only where every recording has one.
    #expect(set.count == 3 && set.labels == nil && set.skipped.count == 1)
  }

  @Test func framesOfSamplesLieSideBySide() throws {
    let frames = try open(wav(Array(1...5))) {
      ($0.representation, $0.frameLength) = (.samples, 2000 / 8000)
    }
    #expect(frames.values.shape == [1, 3, 2])
    #expect(frames.values.floats.map { $0 * 32768 } == [1, 2, 3, 4, 5, 0])
  }

  @Test func aFolderIsLabelledByNamesOrSubfolders() throws {
    for name in ["7_ann_0", "7_bob_0", "3_ann_0"] {
      folder.write("flat/recordings/\(name).wav", wav(Array(0..<(name == "7_bob_0" ? 900 : 300))))
    }
    folder.write("flat/README.md", "words")
    let flat = try SignalDataset.open("\(folder.path)/flat", options: SignalOptions()).splits.train
    #expect(flat.labels == [0, 1, 1] && flat.classNames == ["3", "7"])
    #expect((0..<3).map(flat.length) == [3, 3, 10])
    #expect(try flat.sequences(at: [2, 0]).lengths == [10, 3])
    for path in ["train/cat/1", "train/dog/1", "train/dog/2", "test/dog/1"] {
      folder.write("parts/\(path).wav", wav(Array(0..<300)))
    }
    let parts = try SignalDataset.open("\(folder.path)/parts", options: SignalOptions()).splits
    #expect(parts.train.labels == [0, 1, 1] && parts.test?.labels == [1])
    #expect(parts.test?.classNames == ["cat", "dog"])
  }

  /// Scaled or cut, chosen or divided, and beside one that cannot be read.
  @Test func recordingsAreKnownByTheirFiles() throws {
    for name in ["train/a/1", "train/b/2", "train/b/3", "test/a/4"] {
      folder.write("\(name).wav", wav(Array(0..<(name == "train/b/3" ? 3000 : 300))))
    }
    folder.write("train/b/20.wav", "no sound")
    let splits = try SignalDataset.open(
      folder.path,
      options: signalOptions {
        ($0.skipBad, $0.scaling) = (true, .standardize)
        ($0.maximumLength, $0.tooLong) = (4, .truncate)
      }
    ).splits
    let names = ["train/a/1.wav", "train/b/2.wav", "train/b/3.wav"]
    #expect((0..<3).map(splits.train.fileName) == names)
    #expect(splits.train.length(of: 2) == 4 && splits.train.subset([2]).fileName(of: 0) == names[2])
    #expect(splits.test?.fileName(of: 0) == "test/a/4.wav")
    let one = try SignalDataset.open("\(folder.path)/train/a/1.wav", options: SignalOptions())
    #expect(one.splits.train.fileName(of: 0) == nil)
  }

  @Test func ratesMustAgreeOrBeGiven() throws {
    folder.write("set/a.wav", wav(Array(0..<400)))
    folder.write("set/b.wav", wav(Array(0..<800), rate: 16000))
    let error = try #require(failure(openingSeries: "\(folder.path)/set"))
    #expect(error.kind == .usage && error.description.contains("8000, 16000"))
    let set = try SignalDataset.open(
      "\(folder.path)/set", options: signalOptions { $0.sampleRate = 8000 }
    ).splits.train
    #expect(set.length(of: 0) == set.length(of: 1))
  }

  static let whole = wav(Array(0..<300))
  static let damaged: [(what: String, bytes: [UInt8], says: String)] = [
    ("a compressed codec", wav([1, 2, 3, 4], codec: 2, bits: 4), "ADPCM"),
    (
      "mu-law of 16 bits", wav([1, 2, 3, 4], codec: 7, bits: 16), "has mu-law of 16 bits, and 8 are"
    ),
    ("an unknown codec", wav([1, 2, 3, 4], codec: 4711, bits: 8), "codec 4711"),
    ("12 bits", wav([1, 2, 3, 4], bits: 12), "12 bits"),
    ("cut short", Array(whole.dropLast(100)), "it says 600 bytes of samples, but 500 are there"),
    ("cut in the header", Array(whole.prefix(30)), "\"fmt \" has 16 bytes"),
    ("no samples", wav([UInt8]()), "holds no samples"),
    ("no data", Array(whole.prefix(48)), "no part with samples"),
    ("data first", Array(whole.prefix(12)) + Array(whole.suffix(608)), "no format"),
    (
      "a large size", Array(whole.prefix(52)) + [255, 255, 255, 15] + [0, 0],
      "268435455 bytes of samples, but 2 are there"
    ),
    ("a pipe without samples", Array(whole.prefix(52)) + [255, 255, 255, 255], "holds no samples"),
    ("no channels", wav([1, 2], channels: 0), "0 channels"),
    (
      "NaN", wav([Float(1), .nan].map(\.bitPattern).flatMap(littleEndian), codec: 3, bits: 32),
      "NaN at sample 1"
    ),
  ]

  @Test(arguments: damaged.indices) func damageIsNamed(place: Int) throws {
    let (what, bytes, says) = Self.damaged[place]
    let path = folder.write("a.wav", bytes)
    let error = try #require(failure(openingSeries: path), "\(what)")
    #expect(error.kind == .bad && error.path == path)
    #expect(error.description.contains(says), "\(what): \(error)")
  }

  @Test func framesAndBandsMustFit() throws {
    let path = folder.write("a.wav", Self.whole)
    let error = try #require(failure(openingSeries: path, signalOptions { $0.bands = 200 }))
    #expect(error.kind == .usage && error.description.contains("200 bands are too many"))
    for change: (inout SignalOptions) -> Void in [
      { $0.frameLength = 0 }, { $0.hop = .nan }, { $0.bands = 0 }, { $0.sampleRate = -1 },
      { $0.testFraction = 1 }, { $0.window = 0 }, { $0.window = 2 }, { $0.stride = 2 },
      { $0.maximumLength = 0 },
    ] {
      #expect(failure(openingSeries: path, signalOptions(change))?.kind == .usage)
    }
  }
}
