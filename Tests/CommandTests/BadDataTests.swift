import Foundation
import ImageOutput
import Testing
import VAEZoo

/// Files as they should not be.
enum BadFile {
  static func bigEndian(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) }
  }

  /// Images of `count` times `height` by `width` bytes.
  static func idx(_ count: Int, height: Int = 4, width: Int = 4) -> [UInt8] {
    [0, 0, 8, 3] + bigEndian(count) + bigEndian(height) + bigEndian(width)
      + (0..<(count * height * width)).map { UInt8($0 * 7 % 256) }
  }

  static func labels(_ count: Int) -> [UInt8] {
    [0, 0, 8, 1] + bigEndian(count) + (0..<count).map { UInt8($0 % 10) }
  }

  static func png(height: Int, width: Int) throws -> [UInt8] {
    try Image(height: height, width: width, color: Color(gray: 99)).pngBytes()
  }

  /// A PNG whose header says another size, with a checksum that agrees.
  static func png(claiming height: Int, _ width: Int) throws -> [UInt8] {
    var bytes = try png(height: 3, width: 3)
    bytes.replaceSubrange(16..<24, with: bigEndian(width) + bigEndian(height))
    bytes.replaceSubrange(29..<33, with: bigEndian(Int(checksum(bytes[12..<29]))))
    return bytes
  }

  /// The CRC of the PNG specification, annex D.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { c, _ in c & 1 == 1 ? 0xEDB8_8320 ^ (c >> 1) : c >> 1 }
    }
  }

  /// A NumPy array of float32 `[count, 2, 2]`.
  static func npy(_ values: [Float]) -> [UInt8] {
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(values.count / 4), 2, 2), }"
    header += String(repeating: " ", count: 117 - header.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8)
      + values.flatMap { value in
        withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
      }
  }
}

/// Files that make a folder of bad data, and a part of what must be said about it.
struct BadData {
  var files: [String: [UInt8]] = [:]
  let part: String

  init(_ part: String, _ name: String? = nil, _ bytes: [UInt8] = []) {
    self.part = part
    if let name { files[name] = bytes }
  }

  /// The same beside a second file.
  func beside(_ name: String, _ bytes: [UInt8]) -> BadData {
    var result = self
    result.files[name] = bytes
    return result
  }

  static func all() throws -> [BadData] {
    let small = try BadFile.png(height: 3, width: 3)
    let images = "train-images-idx3-ubyte"
    var all = [
      BadData("data"),
      BadData("data", "notes.bin", Array("hello".utf8)),
      BadData(images, images, Array(BadFile.idx(10).dropLast(5))),
      BadData(images, images, [0, 0, 8]),
      BadData("label", images, BadFile.idx(10))
        .beside("train-labels-idx1-ubyte", BadFile.labels(3)),
      BadData("\(images).gz", "\(images).gz", [0x1F, 0x8B, 8, 0, 1, 2, 3]),
    ]
    all.append(BadData("b.png", "b.png", try BadFile.png(claiming: 900, 900)))
    all.append(BadData("b.png", "b.png", try BadFile.png(claiming: 65_000, 65_000)))
    all.append(BadData("b.png", "b.png", small.dropLast(20)))
    all.append(BadData("b.png", "b.png", Array("no image".utf8)))
    all.append(BadData("--size", "b.png", try BadFile.png(height: 5, width: 3)))
    for index in 7..<all.count { all[index] = all[index].beside("a.png", small) }
    all.append(BadData("NaN", "x_train.npy", BadFile.npy([0, 1, 0.5, .nan])))
    all.append(BadData("infinity", "x_train.npy", BadFile.npy([0, 1, 0.5, .infinity])))
    all.append(BadData("x_train.npy", "x_train.npy", BadFile.npy([0, 1, 0.5, 1]).dropLast(3)))
    all.append(BadData("train.csv", "train.csv", Array("1,2,3,4\n1,2,3\n".utf8)))
    all.append(BadData("train.csv", "train.csv", Array("1,2,3,4\n1,2,x,4\n".utf8)))
    return all
  }
}

@Test(arguments: 0..<16)
func badDataIs65(index: Int) throws {
  let scratch = try Scratch()
  let bad = try BadData.all()[index]
  try FileManager.default.createDirectory(
    atPath: scratch.file("data"), withIntermediateDirectories: true)
  for (name, bytes) in bad.files { try scratch.write(bytes, to: "data/\(name)") }
  // A table is a file, not a folder.
  let path = scratch.file(bad.files["train.csv"] == nil ? "data" : "data/train.csv")
  let result = try Command.run("train", "--data", path, "--out", scratch.file("run"))
  expectRefusal(result, 65, bad.part)
  #expect(result.errors.contains(scratch.file("data")))
  #expect(!scratch.holds("run"))
}

@Test func everyBadDataIsTried() throws { #expect(try BadData.all().count == 16) }

@Test func missingDataIs66() throws {
  let scratch = try Scratch()
  let result = try Command.run(
    "train", "--data", scratch.file("nothing"), "--out", scratch.file("run"))
  expectRefusal(result, 66, scratch.file("nothing"))
  #expect(!scratch.holds("run"))
}

@Test func unreadableFilesArePassedOverWhenAsked() throws {
  let scratch = try Scratch()
  for name in ["a", "b", "c", "d"] {
    try scratch.write(try BadFile.png(height: 4, width: 4), to: "data/\(name).png")
  }
  try scratch.write(Array("no image".utf8), to: "data/e.png")
  let result = try Command.run(
    [
      "train", "--data", scratch.file("data"), "--out", scratch.file("run"), "--skip-bad",
      "--epochs", "1",
    ] + tiny)
  #expect(result.status == 0, "\(result.errors)")
  #expect(result.errors.contains("e.png"))
  #expect(result.errors.contains("skipped 1 unreadable example"))
}
