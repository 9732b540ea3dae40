import ImageOutput
import TensorCore
import Testing
import VAEData

@Suite struct GeneratedTests {
  @Test func digitsAreLabelledAndTheSameEverywhere() throws {
    let splits = try ImageDataset.open("digits")
    #expect(splits.train.count == 10_000 && splits.test?.count == 2000)
    #expect(splits.train.imageShape == [28, 28, 1])
    #expect(splits.train.labels?.prefix(12) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    // A checksum over bytes: drawn from another key, or by other arithmetic, it would differ.
    let bytes = try (0..<20).flatMap { try splits.train.image(at: $0).pixels }
    let sum = bytes.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    #expect(sum == 1_659_322_774_094_622_262)
  }

  @Test func digitsFillTheirFrameAsHandwritingDoes() throws {
    let digits = try ImageDataset.open("digits").train
    let images = try digits.images(at: 0..<300).floats
    for example in 0..<300 {
      let image = images[(example * 784)..<((example + 1) * 784)]
      let ink = image.reduce(0, +) / 784
      #expect(ink > 0.02 && ink < 0.4, "example \(example)")
      // A margin of a pixel stays free.
      for (place, value) in image.enumerated() where value > 0 {
        #expect((1...26).contains(place / 28) && (1...26).contains(place % 28))
      }
    }
    #expect(images.max() ?? 0 > 0.9)
  }

  @Test func examplesDifferFromOneAnother() throws {
    let splits = try ImageDataset.open("digits")
    let sevens = try (0..<40).map { try splits.train.image(at: 10 * $0 + 7) }
    #expect(Set(sevens).count == 40)
    #expect(try splits.train.image(at: 7) != splits.test?.image(at: 7))
  }
}

@Suite struct SpriteTests {
  let sprites: ImageDataset

  init() throws { sprites = try ImageDataset.open("sprites").train }

  @Test func everyCombinationHasItsPlace() throws {
    let factors = try #require(sprites.factors)
    #expect(sprites.count == 737_280 && factors.count == sprites.count)
    #expect(factors.values(at: 0) == [0, 0, 0, 0, 0])
    #expect(factors.values(at: 737_279) == [2, 5, 39, 31, 31])
    // dSprites: x steps over 32 examples, y over one.
    #expect(factors.values(at: 245_760 + 40 * 1024 + 3 * 32 + 7) == [1, 1, 0, 3, 7])
    for index in stride(from: 0, to: sprites.count, by: 9973) {
      let values = factors.values(at: index)
      #expect(factors.index(of: values) == index)
      #expect(sprites.labels?[index] == Int32(values[0]))
    }
  }

  func middle(_ values: [Int]) throws -> (ink: Float, x: Float, y: Float) {
    let place = try #require(sprites.factors).index(of: values)
    let image = try sprites.images(at: [place]).floats
    var sums: (ink: Float, x: Float, y: Float) = (0, 0, 0)
    for (i, value) in image.enumerated() {
      sums = (
        sums.ink + value, sums.x + value * (Float(i % 64) + 0.5),
        sums.y + value * (Float(i / 64) + 0.5)
      )
    }
    return (sums.ink, sums.x / sums.ink, sums.y / sums.ink)
  }

  @Test(arguments: 0..<3) func factorsDoWhatTheyAreCalled(shape: Int) throws {
    let small = try middle([shape, 0, 0, 10, 20])
    let large = try middle([shape, 5, 0, 10, 20])
    #expect(abs(large.ink / small.ink - 4) < 0.15)
    // Pixels have four points a side, so a middle moves in quarters.
    let right = try middle([shape, 0, 0, 20, 20])
    #expect(abs(right.x - small.x - 10 * 36 / 31) < 0.26 && abs(right.y - small.y) < 0.26)
    let down = try middle([shape, 0, 0, 10, 30])
    #expect(abs(down.y - small.y - 10 * 36 / 31) < 0.26 && abs(down.x - small.x) < 0.26)
    let turned = try middle([shape, 5, 13, 10, 20])
    #expect(abs(turned.ink / large.ink - 1) < 0.02)
  }

  @Test func shapesStayWhole() throws {
    for shape in 0..<3 {
      for (x, y) in [(0, 0), (31, 0), (0, 31), (31, 31)] {
        let inside = try middle([shape, 5, 0, 16, 16]).ink
        for rotation in 0..<40 {
          #expect(abs(try middle([shape, 5, rotation, x, y]).ink / inside - 1) < 0.02)
        }
      }
    }
  }

  @Test func aLimitDrawsFromTheWholeGrid() throws {
    var options = DataOptions()
    options.limit = 500
    let some = try ImageDataset.open("sprites", options: options).train
    #expect(some.count == 500)
    for shape in 0..<3 {
      #expect((some.labels ?? []).filter { $0 == shape }.count > 100)
    }
    #expect(some.factors?.values(at: some.originalIndex(of: 0))[0] == Int(some.labels?[0] ?? -1))
  }
}

@Test func theListingsNameWhatCanBeOpened() throws {
  let builtIn = Datasets.builtInImages + Datasets.builtInText + Datasets.builtInSignals
  #expect(builtIn.map(\.name) == ["digits", "sprites", "sentences", "waves"])
  for set in builtIn {
    #expect(!set.summary.isEmpty && !set.summary.contains("\n"))
  }
  let formats = Datasets.imageFormats + Datasets.textFormats + Datasets.signalFormats
  #expect(formats.allSatisfy { !$0.summary.isEmpty })
}
