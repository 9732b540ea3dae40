import Foundation
import Testing

@testable import ImageOutput

/// An image whose samples all differ from their neighbours.
func pattern(height: Int, width: Int, channels: Int, seed: Int = 0) -> Image {
  Image(
    height: height, width: width, channels: channels,
    pixels: (0..<(height * width * channels)).map {
      UInt8(truncatingIfNeeded: $0 * 37 + $0 / 5 + seed * 101)
    })
}

/// The contents of a file in the folder of golden values.
func golden<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
  let folder = try #require(Bundle.module.url(forResource: "Golden", withExtension: nil))
  return try JSONDecoder().decode(
    Value.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
}

/// A new folder that is removed after `body`.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = NSTemporaryDirectory() + "images-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// The names in a folder, hidden ones too.
func names(in folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

func bytes(of path: String) throws -> [UInt8] {
  try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
}

/// The part of an image that a rectangle covers.
func part(_ image: Image, _ area: Rectangle) -> Image {
  image.cropped(top: area.y, left: area.x, height: area.height, width: area.width)
}

/// A small generator of the same numbers every time (SplitMix64).
struct Numbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
