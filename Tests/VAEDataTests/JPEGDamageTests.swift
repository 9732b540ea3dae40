#if JPEG
  import ImageOutput
  import TensorCore
  import Testing
  import VAECore
  import VAEData

  @Suite struct JPEGDamageTests {
    let folder = TemporaryFolder()

    /// What reading fails with; nil where the image is read.
    func problem(_ bytes: [UInt8], byteLimit: Int = PNGFile.defaultByteLimit) -> String? {
      do {
        _ = try ImageFile(path: folder.write("1.jpg", bytes), byteLimit: byteLimit)
        return nil
      } catch { return error.description }
    }

    @Test(arguments: ["gray", "gray-progressive", "color-420", "color-progressive", "ycck"])
    func aFileCutAnywhereIsRefused(name: String) throws {
      let bytes = try JPEGFiles.bytes(name)
      for count in bytes.indices {
        #expect(problem(Array(bytes[..<count])) != nil, "\(count) bytes")
      }
    }

    @Test func damageIsNamedAndMayBePassedOver() throws {
      let good = try JPEGFiles.bytes("gray")
      folder.write("1.jpg", good)
      folder.write("2.jpg", good.dropLast(2))
      folder.write("3.jpg", good[..<40])
      let comment = JPEGFiles.segment(0xFE, [])
      let junk = try JPEGFiles.file("gray", beginningWith: comment + [1, 2, 3])
      folder.write("4.jpg", junk)
      let header = try #require(failure(opening: folder.path))
      #expect(header.kind == .bad && header.description.contains("2 of 4 images cannot be read"))
      for words in [
        "3.jpg: is cut short; get a new copy.", "4.jpg: is damaged: its segments do not follow",
      ] {
        #expect(header.description.contains(words), "\(header)")
      }
      var options = DataOptions()
      options.skipsBadFiles = true
      let set = try ImageDataset.open(folder.path, options: options).train
      #expect(set.count == 1 && set.skipped.count == 3)
      #expect(set.skipped.contains { $0.contains("2.jpg: is damaged: Premature end") })
    }

    /// What a frame says of its bits, height, width and components, and what is answered.
    static let lies: [(marker: UInt8, frame: [UInt8], says: String)] = [
      (0xC0, [8, 0, 20, 0, 21, 1], "is damaged: "), (0xC0, [8, 0, 8, 0, 21, 1], "is damaged: "),
      (0xC0, [8, 0, 14, 0, 8, 1], "is damaged: "), (0xC0, [8, 0, 14, 0, 40, 1], "is damaged: "),
      (0xC0, [8, 0, 14, 0, 21, 3], "is damaged: "),
      (0xC0, [8, 0, 0, 0, 21, 1], "its header says 21 by 0 pixels"),
      (0xC0, [8, 0, 14, 0, 0, 1], "its header says 0 by 14 pixels"),
      (0xC0, [8, 0x27, 0x10, 0x27, 0x10, 1], "more than its 458 bytes can hold"),
      (0xC0, [8, 0xFD, 0xE8, 0xFD, 0xE8, 1], "is too large: 65000 by 65000 pixels"),
      (0xC1, [12, 0, 14, 0, 21, 1], "is a JPEG file of 12 bits a sample, which is not read"),
      (0xC0, [8, 0, 14, 0, 21, 2], "is a JPEG file of 2 components"),
      (0xC3, [8, 0, 14, 0, 21, 1], "is a JPEG file without loss"),
      (0xF7, [8, 0, 14, 0, 21, 1], "is a JPEG file without loss"),
      (0xC5, [8, 0, 14, 0, 21, 1], "is a JPEG file in layers"),
    ]

    @Test(arguments: lies.indices) func aFileThatLiesIsRefused(place: Int) throws {
      let (marker, frame, says) = Self.lies[place]
      var bytes = try JPEGFiles.bytes("gray")
      let start = try JPEGFiles.frame(bytes)
      bytes[start + 1] = marker
      bytes.replaceSubrange((start + 4)..<(start + 10), with: frame)
      let problem = try #require(self.problem(bytes))
      #expect(problem.contains(says) && problem.hasSuffix("."), "\(problem)")
      #expect(failure(opening: folder.path)?.description.contains("1.jpg: ") == true)
    }

    @Test func bombsAreRefusedByTheirHeader() throws {
      var bytes = try JPEGFiles.bytes("color-arithmetic")
      let start = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xC9]) })
      // Arithmetic codes may be that short, so nothing but the limit keeps them out.
      bytes.replaceSubrange((start + 5)..<(start + 9), with: [0x3F, 0xFF, 0x3F, 0xFF])
      #expect(problem(bytes)?.contains("16383 by 16383 pixels do not fit the limit of") == true)
      bytes.replaceSubrange((start + 5)..<(start + 9), with: [0x40, 1, 0, 1])
      let path = folder.write("bomb.jpg", bytes)
      #expect(failure(opening: path)?.description.contains("1 to 16384 a side are read") == true)
      let good = try JPEGFiles.bytes("color-444")
      #expect(problem(good, byteLimit: 14 * 21 * 3) == nil)
      #expect(problem(good, byteLimit: 14 * 21 * 3 - 1)?.contains("is too large") == true)
      // Four inks take more than the three colours made of them.
      #expect(problem(try JPEGFiles.bytes("cmyk"), byteLimit: 14 * 21 * 4 - 1) != nil)
    }

    @Test func segmentsThatAreNoneAreRefused() throws {
      for more: [UInt8] in [
        [0xFF, 0xD8], [0xFF, 0xD9], [0xFF, 0xDA], [0xFF, 0xE0, 0, 1], [0xFF, 0xFE, 0xFF, 0xFF],
        [0xFF, 0xC0, 0, 11, 8], [0xFF, 0],
      ] {
        #expect(problem(try JPEGFiles.file("gray", beginningWith: more)) != nil, "\(more)")
      }
      // What stands behind the end belongs to cameras.
      #expect(problem(try JPEGFiles.bytes("gray") + [1, 2, 3]) == nil)
    }

    @Test(arguments: JPEGFiles.names + (1...8).map { "orientation-\($0)" })
    func changedFilesNeverTrap(name: String) throws {
      let good = try JPEGFiles.bytes(name)
      var key = RandomKey(seed: UInt64(good.count))
      for round in 0..<200 {
        let dice = key.words(8)
        var bytes = good
        for change in 0...(round % 3) {
          let place = Int(dice[change]) % bytes.count
          bytes[place] = UInt8(truncatingIfNeeded: dice[change + 3])
        }
        if dice[7] % 8 == 0 { bytes.removeSubrange((Int(dice[6]) % bytes.count)...) }
        do throws(DataError) {
          let set = try ImageDataset.open(folder.write("1.jpg", bytes)).train
          #expect(try set.image(at: 0).pixels.count == set.imageShape.count)
        } catch {
          #expect(error.path.contains(folder.path) && error.description.hasSuffix("."), "\(error)")
        }
      }
    }
  }
#endif
