import Layers
import TensorCore
import Testing

@testable import VAETraining

private func sample() -> SafeTensors {
  var file = SafeTensors()
  file["a.weight"] = Tensor([1.5, -2, .pi] as [Float], shape: [3, 1])
  file["a.count"] = Tensor([7] as [Int32], shape: [])
  file["wide"] = Tensor([1.0 / 3, 1e300], shape: [2])
  file["none"] = Tensor.zeros([0, 4])
  file["half"] = Tensor([1.5, -3] as [Float], shape: [2]).converted(to: .bfloat16)
  file.metadata = ["step": "12", "note \"x\"": "tab\t, line\n, é"]
  return file
}

private func failure(reading bytes: [UInt8]) -> CheckpointError? {
  do throws(CheckpointError) {
    _ = try SafeTensors(bytes, path: "run/checkpoint.safetensors")
    return nil
  } catch {
    return error
  }
}

private func file(_ header: String, data: Int = 0) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    + Array(header.utf8) + [UInt8](repeating: 0, count: data)
}

@Suite struct SafeTensorsTests {
  @Test func readsWhatItWrites() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.safetensors"
    try sample().write(to: path)
    let read = try SafeTensors(contentsOf: path)
    #expect(Set(read.names) == Set(sample().names))
    for name in sample().names { #expect(read[name] == sample()[name]) }
    #expect(read.metadata == sample().metadata)
    #expect(contents(path) == sample().encoded())
  }

  @Test func readsWhatPythonWrites() throws {
    let file = try golden("formats")
    #expect(file["weight"] == Tensor([0, 0.25, 0.5, 0.75, 1, 1.25] as [Float], shape: [2, 3]))
    #expect(file["wide"] == Tensor([1.0 / 3, -1e300], shape: [2]))
    #expect(file["steps"] == Tensor([7, -8] as [Int32], shape: [2]))
    #expect(file["tokens"] == Tensor([1, 2] as [Int32], shape: [2, 1]))
    #expect(file["bytes"] == Tensor([0, 255] as [Int32], shape: [2]))
    #expect(file["scalar"] == Tensor([2.5] as [Float], shape: []))
    #expect(file["empty"]?.shape == [0, 4])
    #expect(file["größe"]?.count == 1)
    #expect(file.metadata == ["note": "tab\tquote\" 日本"])
  }

  @Test func findsEveryFlippedBit() {
    let bytes = sample().encoded()
    for i in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[i] ^= 1 << bit
        let error = failure(reading: damaged)
        #expect(error?.kind == .damaged, "bit \(bit) of byte \(i)")
      }
    }
  }

  @Test func findsEveryCut() {
    let bytes = sample().encoded()
    for count in 0..<bytes.count {
      #expect(failure(reading: Array(bytes[..<count]))?.kind == .damaged, "\(count) bytes")
    }
    #expect(failure(reading: bytes + [0])?.kind == .damaged)
  }

  @Test(arguments: [
    ("{", "no string where one belongs"),
    ("[]", "no object"),
    ("{} x", "behind the end"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "needs 8 bytes and has 4"),
    (#"{"a":{"dtype":"Q7","shape":[1],"data_offsets":[0,4]}}"#, "format Q7"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "begin at 4"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, "no place"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "no place"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "no count"),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, "no count"),
    (
      #"{"a":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
      "beyond any memory"
    ),
    (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, "no format"),
    (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, "no shape"),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}"#,
      "\"a\" twice"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
      "begin at 0"
    ),
    (#"{"__metadata__":{"a":1}}"#, "other than text"),
    (
      #"{"__metadata__":{"writer":"swift-vae-zoo"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
      "checksum is not where"
    ),
    (#"{"a":1e99}"#, "no format"),
    (#"{"a":"\ud800"}"#, "surrogate"),
    (String(repeating: "[", count: 100), "too deeply"),
  ])
  func refuses(header: String, because: String) throws {
    let error = try #require(failure(reading: file(header, data: 4)))
    #expect(error.description.contains(because), "\(error)")
    #expect(error.description.contains("run/checkpoint.safetensors"))
  }

  @Test func hashesAsPublished() {
    // The test values of the xxHash project for its 64-bit variant, seed 0.
    for (text, hash) in [
      ("", 0xEF46_DB37_51D8_E999), ("abc", 0x44BC_2CF5_AD77_0999),
      ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ] as [(String, UInt64)] {
      #expect(Array(text.utf8).withUnsafeBytes(xxHash64) == hash)
    }
  }

  @Test func namesWhatDoesNotFit() throws {
    let model = LinearRegression()
    var file = SafeTensors(weightsOf: model)
    let before = model.weight.value
    file["bias"] = nil
    file["extra"] = Tensor.zeros([1])
    file["weight"] = Tensor.zeros([2, 3])
    let error = #expect(throws: CheckpointError.self) {
      try file.load(into: model, from: "run/model.safetensors")
    }
    #expect(error?.kind == .mismatched)
    for part in [
      "1 missing: bias", "1 not in the model: extra",
      "weight ([2, 3] in the file, [1, 3] in the model)", "run/model.safetensors",
    ] {
      #expect(error?.description.contains(part) == true, "\(part) in \(error?.description ?? "")")
    }
    #expect(model.weight.value == before)
  }

  @Test func missingAndUnreadableFilesAreTold() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: CheckpointError.self) {
      try SafeTensors(contentsOf: "\(folder.path)/none")
    }
    #expect(missing?.kind == .missing)
    let notAFile = #expect(throws: CheckpointError.self) {
      try SafeTensors(contentsOf: folder.path)
    }
    #expect(notAFile?.kind == .damaged)
  }
}
