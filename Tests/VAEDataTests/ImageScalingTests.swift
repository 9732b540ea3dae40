import ImageOutput
import TensorCore
import Testing
import VAEData

/// What becomes of values that lie outside [0, 1], and of those that do not.
@Suite struct ImageScalingTests {
  private func splits(
    _ values: [Float], _ shape: Shape, test: [Float]? = nil
  ) -> DatasetSplits<ImageDataset> {
    func part(_ values: [Float]) -> ImageDataset {
      ImageDataset(
        values: values, shape: Shape([values.count / shape.count] + shape.dimensions))
    }
    return DatasetSplits(train: part(values), test: test.map(part))
  }

  private func values(_ set: ImageDataset) throws -> [Float] {
    try set.images(at: 0..<set.count).floats
  }

  /// Values in [0, 1], of bytes or not, stay, and nothing is kept or said.
  @Test func sharesStay() throws {
    let grey = splits([0, 0.25, 1, 0.5], [2, 1, 1])
    let (same, scale) = try grey.scaled(.automatic)
    #expect(try values(same.train) == [0, 0.25, 1, 0.5])
    #expect(scale == nil && same.train.notes.isEmpty)
    let bytes = DatasetSplits(train: ImageDataset(bytes: [0, 51, 255, 102], shape: [2, 2, 1, 1]))
    let read = try bytes.scaled(.automatic)
    #expect(try values(read.splits.train) == [0, 0.2, 1, 0.4] && read.scale == nil)
  }

  /// Whole numbers up to 255 are those of pixels, whatever their type.
  @Test func pixelsBecomeSharesOf255() throws {
    let (read, scale) = try splits([0, 51, 255, 102], [2, 2, 1]).scaled(.automatic)
    #expect(try values(read.train) == [0, 0.2, 1, 0.4] && scale == nil)
    #expect(read.train.notes.first?.contains("run from 0 to 255, and are divided by 255") == true)
  }

  /// Each column of a table has a scale of its own, that of the training part; what was known of it
  /// applies to what comes later, and is undone by it.
  @Test func columnsAreStandardized() throws {
    let (read, scale) = try splits([1, 10, 7, 3, 30, 7], [1, 3, 1], test: [5, 20, 8])
      .scaled(.automatic)
    #expect(try values(read.train) == [-1, -1, 0, 1, 1, 0])
    #expect(try values(#require(read.test)) == [3, 0, 1])
    let known = try #require(scale)
    #expect(known.scaling == Standardization(means: [2, 20, 7], deviations: [1, 10, 1]))
    #expect(known.least == 1 && known.greatest == 30)
    let later = try splits([5, 20, 8], [1, 3, 1]).scaled(as: known)
    #expect(try values(later.train) == [3, 0, 1])
    let back = known.scaling?.invert(Tensor([3, 0, 1] as [Float], shape: [1, 1, 3, 1]))
    #expect(back?.floats == [5, 20, 8])
  }

  /// Images have one scale, and one for each channel where these are no colours.
  @Test func imagesAreStandardizedAsAWhole() throws {
    let plain = try splits([-1, -1, 3, 3], [2, 1, 1]).scaled(.automatic)
    #expect(plain.scale?.scaling == Standardization(means: [1], deviations: [2]))
    let channels = try splits([-2, 10, 6, 30], [2, 1, 2]).scaled(.automatic)
    #expect(channels.scale?.scaling == Standardization(means: [2, 20], deviations: [4, 10]))
  }

  @Test func scalesAreChosen() throws {
    let grey = splits([2, 4, 6, 6], [2, 1, 1])
    #expect(try values(grey.scaled(.none).splits.train) == [2, 4, 6, 6])
    #expect(try grey.scaled(.none).scale == ValueScale(scaling: nil, least: 2, greatest: 6))
    #expect(try values(grey.scaled(.unit).splits.train) == [0, 0.5, 1, 1])
    let shares = try splits([0, 1, 0, 1], [2, 1, 1]).scaled(.standardize)
    #expect(try values(shares.splits.train) == [-1, 1, -1, 1])
  }

  /// A model of values in [0, 1] takes pixels for what they are, and refuses what it cannot place.
  @Test func aTrainedModelMeetsOtherScales() throws {
    #expect(try values(splits([0, 51], [2, 1, 1]).scaled(as: nil).train) == [0, 0.2])
    #expect(try values(splits([0, 0.5], [2, 1, 1]).scaled(as: nil).train) == [0, 0.5])
    #expect {
      try splits([-1, 0.5], [2, 1, 1]).scaled(as: nil)
    } throws: {
      "\($0)".contains("run from -1 to 0.5, but the model was trained on values in [0, 1]")
    }
    let narrow = ValueScale(
      scaling: Standardization(means: [1, 2], deviations: [1, 1]), least: 0, greatest: 1)
    #expect(throws: DataError.self) { try splits([1, 2, 3], [1, 3, 1]).scaled(as: narrow) }
  }
}
