import TensorCore
import Testing
import VAECore
import VAEData

/// Options changed by `change`, frames left in their own units.
func signalOptions(_ change: (inout SignalOptions) -> Void = { _ in }) -> SignalOptions {
  var options = SignalOptions()
  options.scaling = .none
  change(&options)
  return options
}

/// The frames of every example, one after the other.
func frames(_ dataset: SequenceDataset) throws -> [[Float]] {
  try (0..<dataset.count).map { try dataset.sequences(at: [$0]).values.floats }
}

/// What opening series fails with, or nil where it succeeds.
func failure(
  openingSeries path: String, _ options: SignalOptions = signalOptions()
) -> DataError? {
  do {
    let train = try SignalDataset.open(path, options: options).splits.train
    _ = try train.sequences(at: 0..<train.count)
    return nil
  } catch { return error }
}

@Suite struct SeriesTests {
  let folder = TemporaryFolder()

  private func open(
    _ path: String, _ change: (inout SignalOptions) -> Void = { _ in }
  ) throws -> DatasetSplits<SequenceDataset> {
    try SignalDataset.open(path, options: signalOptions(change)).splits
  }

  // MARK: - Arrays

  static let counting = Tensor((0..<24).map(Float.init), shape: [24])

  @Test func aRowOfAnArrayIsAnExample() throws {
    let path = "\(folder.path)/x.npy"
    try NPY.write(Self.counting.reshaped(to: [3, 4, 2]), to: path)
    let set = try open(path).train
    #expect(set.count == 3 && set.format == .frames(featureCount: 2) && set.length(of: 1) == 4)
    #expect(
      try set.sequences(at: [2, 0]).values.floats == [
        16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7,
      ])
    try NPY.write(Self.counting.reshaped(to: [4, 6]), to: path)
    #expect(try open(path).train.format == .frames(featureCount: 1))
    #expect(try frames(open(path).train)[3] == [18, 19, 20, 21, 22, 23])
  }

  @Test func windowsAreViewsOfALongSeries() throws {
    let path = "\(folder.path)/x.npy"
    try NPY.write(Self.counting.reshaped(to: [12, 2]), to: path)
    let set = try open(path) { ($0.window, $0.stride) = (3, 2) }.train
    #expect(set.count == 5 && set.format == .frames(featureCount: 2))
    #expect(try frames(set)[1] == [4, 5, 6, 7, 8, 9])
    let plan = try #require(set.subset([4, 1]).windows)
    #expect(plan.windows.map(\.steps) == [8..<11, 2..<5])
    #expect(plan.series.map(\.length) == [12] && plan.series.map(\.name) == [path])
    // Windows of each of several series; none spans two.
    try NPY.write(Self.counting.reshaped(to: [3, 8, 1]), to: path)
    let several = try open(path) { $0.window = 5 }.train
    #expect(several.windows?.windows.map(\.series) == [0, 1, 2])
    #expect(try frames(several)[2] == [16, 17, 18, 19, 20])
  }

  @Test func seriesEndWhereTheirLengthsOrNaNSay() throws {
    let path = "\(folder.path)/x.npz"
    let x = Self.counting.reshaped(to: [3, 8])
    try NPZ.write(
      [
        ("x_train", x), ("y_train", Tensor([1, 0, 2], shape: [3])),
        ("lengths", Tensor([8, 1, 3], shape: [3])), ("x_test", x),
      ], to: path)
    let splits = try open(path)
    #expect((0..<3).map(splits.train.length) == [8, 1, 3] && splits.train.labels == [1, 0, 2])
    #expect(splits.test?.length(of: 1) == 8 && splits.test?.labels == nil)
    let batch = try splits.train.sequences(at: [1, 2])
    #expect(batch.values.floats == [8, 0, 0, 16, 17, 18] && batch.lengths == [1, 3])
    try NPY.write(
      Tensor([1, 2, Float.nan, 3, .nan, .nan], shape: [2, 3]), to: "\(folder.path)/n.npy")
    #expect(try frames(open("\(folder.path)/n.npy").train) == [[1, 2], [3]])
  }

  // MARK: - Tables

  static let table =
    "timestamp,value,other\n"
    + (0..<10).map { "2014-04-0\($0) 00:00:00,\($0).5,-\($0)\n" }.joined()

  @Test func columnsOfATableAreALongSeries() throws {
    let path = folder.write("series.csv", Self.table)
    let all = try open(path) { $0.window = 4 }.train
    #expect(all.count == 2 && all.format == .frames(featureCount: 2))
    #expect(try frames(all)[1] == [4.5, -4, 5.5, -5, 6.5, -6, 7.5, -7])
    for column in ["value", "2"] {
      let one = try open(path) { ($0.columns, $0.window, $0.stride) = ([column], 2, 8) }.train
      #expect(try frames(one) == [[0.5, 1.5], [8.5, 9.5]])
    }
    // Without a window the whole table is one example.
    #expect(try open(path) { $0.columns = ["other", "value"] }.train.length(of: 0) == 10)
  }

  @Test func aFolderHoldsASeriesATable() throws {
    folder.write("a.csv", Self.table)
    folder.write("b.csv", Self.table)
    let set = try open(folder.path) { ($0.columns, $0.window) = (["value"], 10) }.train
    #expect(set.count == 2 && set.windows?.windows.map(\.series) == [0, 1])
    folder.write("b.csv", "value\n1\n2\n")
    let error = failure(openingSeries: folder.path, signalOptions { $0.window = 2 })
    #expect(error?.path.hasSuffix("b.csv") == true)
    #expect(error?.description.contains("has 1 features") == true)
  }

  @Test func aWindowIsAnomalousWhereAStepIs() throws {
    let path = folder.write(
      "series.csv", "value,label\n" + [0, 0, 0, 1, 0, 0].map { "5,\($0)\n" }.joined())
    let set = try open(path) { ($0.window, $0.stride) = (2, 1) }.train
    #expect(set.format == .frames(featureCount: 1) && set.classNames == ["normal", "anomalous"])
    #expect(set.labels == [0, 0, 1, 1, 0])
    let normal = try open(path) { ($0.window, $0.stride, $0.trainsOnNormal) = (2, 1, true) }
    #expect(normal.train.windows?.windows.map(\.start) == [0, 1, 4])
    #expect(normal.test?.windows?.windows.map(\.start) == [2, 3])
  }

  @Test func theLastWindowsAreSetAside() throws {
    let path = folder.write("series.csv", (0..<20).map { "\($0)\n" }.joined())
    let splits = try open(path) { ($0.window, $0.stride, $0.testFraction) = (4, 2, 0.3) }
    #expect(splits.test?.windows?.windows.map(\.start) == [12, 14, 16])
    // The window of steps 10 to 13 shares steps with the first of these.
    #expect(splits.train.windows?.windows.map(\.start) == [0, 2, 4, 6, 8])
  }

  @Test func rowsOfATableAreExamples() throws {
    folder.write("Set_TRAIN.tsv", "class\ta\tb\tc\nup\t1\t2\t3\ndown\t4\tNaN\tNaN\n")
    folder.write("Set_TEST.tsv", "class\ta\tb\tc\ndown\t5\t6\t\n")
    let splits = try open(folder.path)
    #expect(try frames(splits.train) == [[1, 2, 3], [4]])
    #expect(splits.train.labels == [1, 0] && splits.test?.labels == [0])
    #expect(splits.test?.classNames == ["down", "up"])
    let path = folder.write("plain.csv", "7,1,2\n8,3,4\n")
    let set = try open(path) { $0.labelColumn = "1" }.train
    #expect(try frames(set) == [[1, 2], [3, 4]] && set.labels == [7, 8])
  }

  static let damaged: [(text: String, kind: DataError.Kind, says: String)] = [
    ("time,speed\n0,1\n1,2\n", .usage, "no column \"value\": its columns are time, speed"),
    ("value\n1\nnan\n", .bad, "line 3, column 1 holds \"nan\""),
    ("a,value\n1,2\n1\n", .bad, "line 3 has 1 columns, but the first has 2"),
    ("value\n1\n1e99\n", .bad, "\"1e99\""),
    ("value\n1\n", .usage, "has 1 steps, fewer than a window of 2"),
    ("value\n", .bad, "a header and no rows"),
    ("\n", .bad, "empty"),
    ("1,2\n3,4\n", .usage, "it has 2 columns and no header"),
  ]

  @Test(arguments: damaged.indices) func damageIsNamed(place: Int) throws {
    let (text, kind, says) = Self.damaged[place]
    let path = folder.write("series.csv", text)
    let options = signalOptions { ($0.columns, $0.window) = (["value"], 2) }
    let error = try #require(failure(openingSeries: path, options))
    #expect(
      error.kind == kind && error.path == path && error.description.contains(says), "\(error)")
  }

  @Test func badArraysAreNamed() throws {
    let path = "\(folder.path)/x.npy"
    func says(_ tensor: Tensor, _ words: String, _ options: SignalOptions = signalOptions()) throws
    {
      try NPY.write(tensor, to: path)
      let error = try #require(failure(openingSeries: path, options))
      #expect(error.path == path && error.description.contains(words), "\(error)")
    }
    try says(
      Tensor([1, Float.nan, 3, 4, 5, 6], shape: [2, 3]), "NaN in series 0, step 1, feature 0")
    try says(
      Tensor([1, 2, 3, Float.infinity], shape: [2, 2, 1]), "infinity in series 1, step 1, feature 0"
    )
    try says(Tensor([1, Float.nan], shape: [1, 1, 2]), "NaN in step 0, feature 1")
    try says(Tensor([Float.nan, 1], shape: [2, 1]), "nothing in series 0")
    try says(Tensor([Float(1), 2], shape: [2]), "an array of 2, but series are")
    try says(Tensor.zeros([2, 0]), "is empty")
    try says(
      Tensor.zeros([3]), "3 steps, fewer than a window of 4", signalOptions { $0.window = 4 })
    try NPZ.write(
      [("x", .zeros([2, 3])), ("lengths", Tensor([3, 4], shape: [2]))], to: "\(folder.path)/x.npz")
    let error = try #require(failure(openingSeries: "\(folder.path)/x.npz"))
    #expect(error.description.contains("the length 4 for series 1, which has 1 to 3"))
    #expect(failure(openingSeries: "\(folder.path)/nothing")?.kind == .missing)
    #expect(failure(openingSeries: folder.folder("empty"))?.kind == .bad)
    #expect(
      failure(openingSeries: "waves", signalOptions { $0.maximumLength = 90 })?.kind == .usage)
  }

  // MARK: - What is done with the numbers

  @Test func theTrainingPartDecidesTheScale() throws {
    let path = folder.write("series.csv", [0, 4, 0, 4, 9, 9, 9, 9].map { "\($0),3\n" }.joined())
    var options = SignalOptions()
    (options.window, options.testFraction) = (2, 0.5)
    let (splits, found) = try SignalDataset.open(path, options: options)
    let scaling = try #require(found)
    #expect(scaling.means == [2, 3] && scaling.deviations == [2, 1])
    let batch = try splits.train.sequences(at: [0])
    #expect(batch.values.floats == [-1, 0, 1, 0])
    #expect(scaling.invert(batch).values.floats == [0, 3, 4, 3])
    // A model's own scale is used as it is.
    let given = Standardization(means: [1, 1], deviations: [2, 2])
    let again = try SignalDataset.open(path, options: options, scaling: given)
    #expect(again.scaling == given)
    #expect(try again.splits.train.sequences(at: [0]).values.floats == [-0.5, 1, 1.5, 1])
    let narrow = Standardization(means: [1], deviations: [2])
    #expect(throws: DataError.self) {
      try SignalDataset.open(path, options: options, scaling: narrow)
    }
  }

  @Test func paddingStaysZero() {
    let batch = Sequences(values: Tensor([Float(1), 2, 3, 0], shape: [2, 2, 1]), lengths: [2, 1])
    let scaling = Standardization(means: [5], deviations: [2])
    #expect(scaling.apply(batch).values.floats == [-2, -1.5, -1, 0])
    #expect(scaling.invert(scaling.apply(batch)).values == batch.values)
  }

  @Test func longExamplesAreRefusedSkippedOrCut() throws {
    let path = folder.write("rows.csv", "1,2\n1,2,3,4\n5\n")
    let error = try #require(failure(openingSeries: path, signalOptions { $0.maximumLength = 2 }))
    #expect(error.kind == .usage && error.description.contains("example 1"))
    let skipped = try open(path) { ($0.maximumLength, $0.tooLong) = (2, .skip) }.train
    #expect(try frames(skipped) == [[1, 2], [5]])
    let cut = try open(path) { ($0.maximumLength, $0.tooLong) = (2, .truncate) }.train
    #expect(try cut.sequences(at: [0, 1, 2]).values.floats == [1, 2, 1, 2, 5, 0])
    #expect(cut.length(of: 1) == 2)
  }

  @Test func wavesAreLabelledAndTheSameEachTime() throws {
    let (splits, scaling) = try SignalDataset.open("waves", options: SignalOptions())
    #expect(splits.train.count == 2000 && splits.test?.count == 500 && scaling?.means.count == 1)
    #expect(splits.train.classNames == ["sine", "square", "saw"])
    let lengths = (0..<500).map(splits.train.length)
    #expect(lengths.min() == 48 && lengths.max() == 96)
    let batch = try splits.train.sequences(at: [7, 1, 5])
    #expect(try splits.train.sequences(at: [1]).values == batch.rows(1..<2).values)
    #expect(batch.values.isFinite)
    let sum = batch.values.doubles.reduce(0) { $0 + $1 * $1 }
    let steps = Double(batch.lengths.reduce(0, +))
    #expect(sum / steps > 0.1 && sum / steps < 5)
  }
}
