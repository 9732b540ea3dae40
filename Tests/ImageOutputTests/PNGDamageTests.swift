import Foundation
import Testing

@testable import ImageOutput

/// A chunk as it stands in a file, its checksum right.
private func chunk(_ kind: String, _ data: [UInt8]) -> [UInt8] {
  let body = Array(kind.utf8) + data
  var crc: UInt32 = 0xFFFF_FFFF
  for byte in body {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1) * 0xEDB8_8320 }
  }
  return big(data.count) + body + big(Int(~crc))
}

private func big(_ value: Int) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
}

/// A good file of 6 rows and 5 columns, with another header put in.
private func lying(
  width: Int = 5, height: Int = 6, depth: UInt8 = 8, type: UInt8 = 2, interlace: UInt8 = 0
) throws -> [UInt8] {
  let good = try pattern(height: 6, width: 5, channels: 3).pngBytes()
  let header = chunk("IHDR", big(width) + big(height) + [depth, type, 0, 0, interlace])
  return good[..<8] + header + good[33...]
}

@Suite struct PNGDamage {
  @Test func aTrueHeaderIsAccepted() throws {
    #expect(
      try PNGFile(bytes: lying()).image == pattern(height: 6, width: 5, channels: 3))
  }

  @Test(arguments: [1, 3]) func aFileCutAnywhereIsRefused(channels: Int) throws {
    let good = try pattern(height: 6, width: 5, channels: channels).pngBytes()
    for count in 0..<good.count {
      #expect(throws: PNGError.self, "\(count) bytes") { try PNGFile(bytes: Array(good[..<count])) }
    }
  }

  @Test func aFlippedBitAnywhereIsRefused() throws {
    let good = try pattern(height: 6, width: 5, channels: 3).pngBytes()
    for place in good.indices {
      for bit in 0..<8 {
        var bad = good
        bad[place] ^= 1 << UInt8(bit)
        #expect(throws: PNGError.self, "byte \(place), bit \(bit)") { try PNGFile(bytes: bad) }
      }
    }
  }

  @Test(
    "a file that lies about itself is refused",
    arguments: [
      (5, 7, 8, 2, 0), (6, 6, 8, 2, 0), (5, 5, 8, 2, 0), (4, 6, 8, 2, 0), (5, 6, 8, 0, 0),
      (5, 6, 16, 2, 0), (5, 6, 8, 6, 0), (5, 6, 8, 3, 0), (5, 6, 3, 2, 0), (5, 6, 8, 5, 0),
      (5, 6, 1, 2, 0), (5, 6, 8, 2, 1), (5, 6, 8, 2, 2), (20_000, 1000, 8, 2, 0),
      (0xFFFF_FFFF, 6, 8, 2, 0),
    ] as [(Int, Int, UInt8, UInt8, UInt8)])
  func lies(width: Int, height: Int, depth: UInt8, type: UInt8, interlace: UInt8) throws {
    let bytes = try lying(
      width: width, height: height, depth: depth, type: type, interlace: interlace)
    #expect(throws: PNGError.self) { try PNGFile(bytes: bytes) }
  }

  @Test(arguments: [(0, 6), (5, 0), (0, 0)]) func anImageOfNoPixelsIsRefused(
    width: Int, height: Int
  )
    throws
  {
    let error = #expect(throws: PNGError.self) {
      try PNGFile(bytes: lying(width: width, height: height), name: "a.png")
    }
    #expect(error?.reason == .empty(width: width, height: height))
  }

  @Test func aBombIsRefusedByItsHeader() throws {
    let bytes = try lying(width: 65_000, height: 65_000)
    let error = #expect(throws: PNGError.self) { try PNGFile(bytes: bytes, name: "bomb.png") }
    #expect(
      error?.description
        == "bomb.png is too large: 65000 by 65000 pixels do not fit the limit of 100000000 bytes; "
        + "scale it down or raise the limit.")
    // Without a limit: so few bytes cannot hold so many pixels, and no memory is asked for.
    let lie = #expect(throws: PNGError.self) { try PNGFile(bytes: bytes, byteLimit: .max) }
    #expect(lie?.reason == .impossible(width: 65_000, height: 65_000, bytes: bytes.count))
  }

  @Test func theLimitCountsDecodedBytes() throws {
    let good = try pattern(height: 6, width: 5, channels: 3).pngBytes()
    #expect(throws: Never.self) { try PNGFile(bytes: good, byteLimit: 90) }
    #expect(throws: PNGError.self) { try PNGFile(bytes: good, byteLimit: 89) }
  }

  @Test func wrongContentsWithRightChecksumsNeverTrap() throws {
    for stored in StoredPNG.all() {
      let good = [UInt8](stored.file)
      var random = Numbers(state: UInt64(good.count))
      for _ in 0..<40 {
        var bad = Array(good[..<8])
        var place = 8
        while place + 12 <= good.count {
          let count = good[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
          let kind = String(decoding: good[(place + 4)..<(place + 8)], as: UTF8.self)
          var data = Array(good[(place + 8)..<(place + 8 + count)])
          // The size stays, for a wrong one may ask for much memory and time, rightly.
          let free = kind == "IHDR" ? 8..<count : 0..<count
          if let changed = free.randomElement(using: &random), random.next() % 3 == 0 {
            data[changed] = UInt8(truncatingIfNeeded: random.next())
          }
          if random.next() % 20 != 0 { bad += chunk(kind, data) }
          place += 12 + count
        }
        do throws(PNGError) {
          let file = try PNGFile(bytes: bad)
          #expect(
            file.image.pixels.count == file.image.height * file.image.width * file.image.channels)
        } catch {
          #expect(!error.description.isEmpty)
        }
      }
    }
  }

  @Test(arguments: ["", "P5 2 2 255", "GIF89a", "\u{FFFD}PNG"])
  func whatIsNoPNGIsCalledThat(contents: String) throws {
    let error = #expect(throws: PNGError.self) {
      try PNGFile(bytes: Array(contents.utf8), name: "a.png")
    }
    #expect(error?.description == "a.png is not a PNG file; convert it to PNG.")
  }

  @Test func pathsThatCannotBeReadAreNamed() throws {
    try withFolder { folder throws in
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      let missing = folder + "/missing.png"
      let cases: [(String, String)] = [
        (folder, "\(folder) is a folder, not a PNG file; name a file in it."),
        (missing, "\(missing): there is no such file; check the path."),
        (pipe, "\(pipe) is not an ordinary file; name a PNG file."),
        ("", ": there is no such file; check the path."),
        ("/dev/null", "/dev/null is not an ordinary file; name a PNG file."),
      ]
      for (path, sentence) in cases {
        let error = #expect(throws: PNGError.self) { try PNGFile(path: path) }
        #expect(error?.description == sentence)
        #expect(error?.isMissingFile == sentence.contains("no such file"))
      }
    }
  }

  @Test func aFileTooLongForTheLimitIsNotRead() throws {
    try withFolder { folder throws in
      let path = folder + "/long.png"
      try Data(count: 1000).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: PNGError.self) { try PNGFile(path: path, byteLimit: 400) }
      #expect(error?.reason == .fileTooLarge(bytes: 1000, limit: 400))
    }
  }
}
