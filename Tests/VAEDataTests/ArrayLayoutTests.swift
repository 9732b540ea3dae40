import TensorCore
import Testing
import VAEData

/// Which axes of an array are height, width and channels.
@Suite struct ArrayLayoutTests {
  let folder = TemporaryFolder()

  static let axes: [(Shape, Shape?, Shape)] = [
    ([2, 9], nil, [3, 3, 1]), ([2, 10], nil, [1, 10, 1]), ([2, 12], [2, 3, 2], [2, 3, 2]),
    ([2, 3, 8, 8], nil, [8, 8, 3]), ([2, 8, 8, 3], nil, [8, 8, 3]), ([2, 3, 5], nil, [3, 5, 1]),
    ([2, 1, 7, 5], nil, [7, 5, 1]),
  ]

  @Test(arguments: axes)
  func axesAreUnderstood(stored: Shape, rows: Shape?, shape: Shape) throws {
    let path = "\(folder.path)/x.npy"
    let count = stored.count
    try NPY.write(Tensor((0..<count).map { Float($0) }, shape: stored), to: path)
    var options = DataOptions()
    options.rowShape = rows
    let set = try ImageDataset.open(path, options: options).train
    #expect(set.count == 2 && set.imageShape == shape)
    #expect(try values(set).sorted() == (0..<count).map { Float($0) })
    let isMoved = stored.rank == 4 && stored[3] != shape[2]
    #expect(try values(set)[1] == (isMoved && shape[2] == 3 ? 64 : 1))
  }

  static let laidOut: [(stored: Shape, layout: DataOptions.Layout, count: Int, shape: Shape?)] = [
    ([2, 4, 8, 6], .automatic, 2, [8, 6, 4]), ([2, 8, 6, 4], .automatic, 2, [8, 6, 4]),
    ([2, 4, 4, 1], .automatic, 2, [4, 4, 1]), ([2, 1, 3, 3], .automatic, 2, [3, 3, 1]),
    ([2, 12, 8, 2], .automatic, 2, [12, 8, 2]), ([2, 12, 8, 8], .automatic, 2, nil),
    ([2, 8, 8, 12], .automatic, 2, nil), ([2, 2, 8, 8], .automatic, 2, nil),
    ([2, 3, 9, 3], .automatic, 2, nil), ([2, 3, 9, 1], .automatic, 2, nil),
    ([2, 12, 8, 8], .channelsFirst, 2, [8, 8, 12]), ([2, 12, 8, 8], .channelsLast, 2, [12, 8, 8]),
    ([2, 3, 9, 3], .channelsLast, 2, [3, 9, 3]), ([9, 8, 3], .automatic, 1, nil),
    ([9, 8, 3], .channelsLast, 1, [9, 8, 3]), ([3, 9, 8], .channelsFirst, 1, [9, 8, 3]),
    ([3, 9, 8], .automatic, 3, [9, 8, 1]),
  ]

  @Test(arguments: laidOut.indices) func channelsAreToldOrAsked(place: Int) throws {
    let (stored, layout, count, shape) = Self.laidOut[place]
    let path = "\(folder.path)/x.npy"
    try NPY.write(Tensor((0..<stored.count).map { Float($0) }, shape: stored), to: path)
    var options = DataOptions()
    options.layout = layout
    guard let shape else {
      let error = try #require(failure(opening: path, options))
      #expect(error.kind == .usage && error.description.contains("data.layout"), "\(error)")
      return
    }
    let set = try ImageDataset.open(path, options: options).train
    #expect(set.count == count && set.imageShape == shape)
    // The second channel of the first pixel, or the second pixel.
    let isFirst = layout == .channelsFirst || stored == [2, 4, 8, 6]
    #expect(try values(set)[1] == (isFirst ? Float(shape[0] * shape[1]) : 1))
  }
}
