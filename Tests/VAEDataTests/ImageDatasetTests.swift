import ImageOutput
import TensorCore
import Testing
import VAEData

@Suite struct ImageDatasetTests {
  let numbers = ImageDataset(
    bytes: (0..<40).map { UInt8($0) }, shape: [10, 2, 2, 1], labels: (0..<10).map { Int32($0) },
    name: "numbers")

  @Test func subsetsShareThePlacesOfTheWhole() throws {
    let part = numbers.subset([9, 3, 3, 5]).subset([3, 0])
    #expect(part.labels == [5, 9])
    #expect(part.originalIndex(of: 0) == 5)
    #expect(try part.images(at: [1]) == numbers.images(at: [9]))
  }

  @Test(arguments: [0.0, 0.1, 0.25, 0.99]) func splitsHaveEveryExampleOnce(fraction: Double) {
    let (first, second) = numbers.split(fraction: fraction, seed: 5)
    #expect(second.count == Int((10 * fraction).rounded()))
    let labels = (first.labels ?? []) + (second.labels ?? [])
    #expect(labels.sorted() == numbers.labels)
    #expect(numbers.split(fraction: fraction, seed: 5).second.labels == second.labels)
  }

  @Test func splitsDependOnTheSeed() {
    let parts = (0..<20).map { numbers.split(fraction: 0.3, seed: $0).second.labels ?? [] }
    #expect(Set(parts).count > 10)
  }

  @Test func aLimitKeepsARandomPart() {
    let part = numbers.sampled(4, seed: 1)
    #expect(part.count == 4)
    #expect(Set(part.labels ?? []).count == 4)
    #expect(numbers.sampled(99, seed: 1).count == 10)
  }

  @Test func aPictureHasTheBytes() throws {
    #expect(try numbers.image(at: 2).pixels == [8, 9, 10, 11])
  }
}
