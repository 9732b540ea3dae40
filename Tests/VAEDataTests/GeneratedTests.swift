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
