import TensorCore
import Testing
import VAECore
import VAEData

@Suite struct ImageLoaderTests {
  let digits: ImageDataset

  init() throws { digits = try ImageDataset.open("digits").test!.subset(Array(0..<50)) }

  func epoch(_ loader: ImageLoader, _ epoch: Int, from start: Int = 0) throws -> [Batch<Tensor>] {
    let batches = loader.batches(epoch: epoch, startingAt: start)
    var all: [Batch<Tensor>] = []
    while let batch = try batches.next() { all.append(batch) }
    return all
  }

  @Test(arguments: [0, 1, 2, 5]) func everyExampleComesOnce(prefetchCount: Int) throws {
    let loader = ImageLoader(digits, batchSize: 16, seed: 3, prefetchCount: prefetchCount)
    let batches = try epoch(loader, 0)
    #expect(batches.map(\.count) == [16, 16, 16, 2])
    #expect(loader.batchCount == 4 && loader.exampleCount == 50)
    #expect(batches[3].observations.shape == [2, 28, 28, 1])
    let sums = { (images: [Tensor]) in
      images.flatMap { image in
        let values = image.floats
        return stride(from: 0, to: values.count, by: 784).map {
          values[$0..<($0 + 784)].reduce(0, +)
        }
      }.sorted()
    }
    #expect(sums(batches.map(\.observations)) == sums([try digits.images(at: 0..<50)]))
  }

  @Test(arguments: [Binarization.none, .threshold(0.4), .sampledOnce, .dynamic])
  func aResumedEpochHasTheSameBytes(binarization: Binarization) throws {
    let loader = ImageLoader(
      digits, batchSize: 7, seed: 1, binarization: binarization, prefetchCount: 2)
    let whole = try epoch(loader, 4)
    for start in 0...whole.count + 1 {
      let rest = try epoch(loader, 4, from: start)
      #expect(rest.map(\.observations) == whole.dropFirst(start).map(\.observations))
      #expect(rest.map(\.labels) == whole.dropFirst(start).map(\.labels))
    }
  }

  @Test func ordersDifferBetweenEpochsAndSeeds() throws {
    let first = ImageLoader(digits, batchSize: 50, seed: 1)
    let second = ImageLoader(digits, batchSize: 50, seed: 2)
    let orders = try [epoch(first, 0), epoch(first, 1), epoch(second, 0)].map {
      $0[0].labels!.integers
    }
    #expect(Set(orders).count == 3)
    let plain = ImageLoader(digits, batchSize: 50, isShuffled: false)
    #expect(try epoch(plain, 5)[0].observations == digits.images(at: 0..<50))
  }

  @Test func labelsStayWithTheirImages() throws {
    let loader = ImageLoader(digits, batchSize: 9, seed: 8)
    for batch in try epoch(loader, 2) {
      let labels = try #require(batch.labels).integers
      for (row, label) in labels.enumerated() {
        let image = batch.observations.sliced(along: 0, row..<(row + 1))
        let place = try #require((0..<50).first { try! digits.images(at: [$0]) == image })
        #expect(digits.labels?[place] == label)
      }
    }
  }

  @Test func sampledOnceDependsOnTheExampleAlone() throws {
    let loaders = [(5, 0), (50, 2)].map {
      ImageLoader(
        digits, batchSize: $0, isShuffled: false, seed: 6, binarization: .sampledOnce,
        prefetchCount: $1)
    }
    let small = try epoch(loaders[0], 0).map(\.observations)
    let large = try epoch(loaders[1], 9)[0].observations
    #expect(Tensor.concatenated(small, along: 0) == large)
    // Of a part too: an example keeps its bytes.
    let part = ImageLoader(
      digits.subset([3, 40]), batchSize: 2, isShuffled: false, seed: 6, binarization: .sampledOnce)
    #expect(try epoch(part, 0)[0].observations.floats[784...] == large.floats[31360..<32144])
  }

  @Test func dynamicBinarizationDrawsAnewWithTheRightFrequency() throws {
    let grey = ImageDataset(
      bytes: [0, 51, 128, 255], shape: [1, 2, 2, 1], name: "grey")
    let loader = ImageLoader(grey, batchSize: 1, seed: 2, binarization: .dynamic)
    var sums = [Float](repeating: 0, count: 4)
    let epochs = 4000
    for number in 0..<epochs {
      let values = try epoch(loader, number)[0].observations.floats
      for (i, value) in values.enumerated() {
        #expect(value == 0 || value == 1)
        sums[i] += value
      }
    }
    #expect(sums[0] == 0 && sums[3] == Float(epochs))
    // Five standard errors of a mean of 4000 coins.
    #expect(abs(sums[1] / Float(epochs) - 0.2) < 0.032)
    #expect(abs(sums[2] / Float(epochs) - 128 / 255) < 0.04)
  }

  @Test func imagesInMemoryNeedNoThread() throws {
    #expect(ImageLoader(digits, batchSize: 1).prefetchCount == 0)
    let sprites = try ImageDataset.open("sprites").train
    #expect(ImageLoader(sprites, batchSize: 1).prefetchCount == 2)
    let large = try digits.adapted(to: DataOptions(size: ImageSize("32")))
    #expect(ImageLoader(large, batchSize: 1).prefetchCount == 2)
  }

  @Test func anAbandonedEpochLeavesNoThread() throws {
    for prefetchCount in 1...3 {
      let batches = ImageLoader(digits, batchSize: 1, prefetchCount: prefetchCount)
        .batches(epoch: 0)
      _ = try batches.next()
    }
    // Each iterator has been dropped; its thread has been joined, so nothing reads the digits.
    #expect(try epoch(ImageLoader(digits, batchSize: 50), 0).count == 1)
  }
}
