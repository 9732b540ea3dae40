public import TensorCore
public import VAECore

/// Sequences of tokens or of frames with their labels, if they have any.
///
/// A dataset is a value: a subset shares the storage of the whole, which may be a file that is read
/// batch by batch.
public struct SequenceDataset: Dataset {
  /// Padded sequences with their lengths.
  public typealias Observation = Sequences

  /// What messages call the data: a path, or the name of a built-in set.
  public let name: String
  /// What one step is.
  public let format: SequenceFormat
  /// The class of each example, counted from 0; nil where the data has none.
  public internal(set) var labels: [Int32]?
  /// The names of the classes, where the data has them.
  public internal(set) var classNames: [String]?
  /// How many examples there are.
  public let count: Int
  /// A sentence for each example that was passed over because it could not be read.
  public let skipped: [String]
  /// A sentence for each thing that was decided about the data, such as a column that was left out.
  public let notes: [String]

  let source: any SequenceSource
  /// Which of the source's examples these are, or nil for its first `count`.
  private let indices: [Int]?

  init(
    name: String, count: Int, format: SequenceFormat, labels: [Int32]? = nil,
    classNames: [String]? = nil, skipped: [String] = [], notes: [String] = [],
    source: any SequenceSource, indices: [Int]? = nil
  ) {
    precondition(labels.map { $0.count == count } ?? true, "one label an example")
    self.name = name
    self.count = count
    self.format = format
    self.labels = labels
    self.classNames = classNames
    self.skipped = skipped
    self.notes = notes
    self.source = source
    self.indices = indices
  }

  /// A dataset of tokens in memory; each sequence ends with ``SpecialToken/end``.
  public init(
    tokens: [[Int32]], vocabularySize: Int, labels: [Int32]? = nil, classNames: [String]? = nil,
    name: String = "the data"
  ) {
    self.init(
      name: name, count: tokens.count, format: .tokens(vocabularySize: vocabularySize),
      labels: labels, classNames: classNames, source: TokenLists(lists: tokens))
  }

  /// A dataset of frames in memory: a tensor `[time, features]` each.
  public init(
    frames: [Tensor], featureCount: Int, labels: [Int32]? = nil, classNames: [String]? = nil,
    name: String = "the data"
  ) {
    precondition(
      frames.allSatisfy { $0.shape.rank == 2 && $0.shape[1] == featureCount },
      "every sequence is [time, \(featureCount)]")
    self.init(
      name: name, count: frames.count, format: .frames(featureCount: featureCount),
      labels: labels, classNames: classNames, source: FrameLists(lists: frames))
  }

  /// The steps of an example, a text's end token counted; no file is read.
  public func length(of example: Int) -> Int { source.length(of: originalIndex(of: example)) }

  /// What frames are, beyond their numbers; empty of tokens.
  public var origin: FrameOrigin { source.origin }

  /// Two parts: of windows that overlap, the last ones of each series are the second, and those that share
  /// steps with them are in neither; of anything else, a choice by lot.
  public func split(
    fraction: Double, seed: UInt64
  ) -> (first: SequenceDataset, second: SequenceDataset) {
    guard let plan = windows, plan.overlaps else {
      let places = splitPlaces(fraction: fraction, seed: seed)
      return (subset(places.first), subset(places.second))
    }
    let (kept, aside) = plan.split(fraction: fraction)
    return (subset(kept), subset(aside))
  }

  /// Steps of the longest sequence.
  public var longest: Int? { (0..<count).reduce(1) { max($0, length(of: $1)) } }

  /// The place of an example in the data that this is a subset of.
  public func originalIndex(of example: Int) -> Int { indices?[example] ?? example }

  /// The path of an example's file in the folder of the data; nil where sequences have no files of their
  /// own.
  public func fileName(of example: Int) -> String? {
    source.fileName(of: originalIndex(of: example))
  }

  /// Which part of which series each example is; nil where the data is no series.
  public var windows: WindowPlan? {
    source.windows.map { $0.subset((0..<count).map(originalIndex)) }
  }

  /// The examples at the given places, padded to the longest.
  ///
  /// - Throws: ``DataError`` when a file can no longer be read.
  public func sequences(at examples: some Collection<Int>) throws(DataError) -> Sequences {
    try source.sequences(at: examples.map(originalIndex))
  }

  /// The examples at the given places, in that order.
  public func subset(_ examples: [Int]) -> SequenceDataset {
    SequenceDataset(
      name: name, count: examples.count, format: format,
      labels: labels.map { labels in examples.map { labels[$0] } }, classNames: classNames,
      skipped: skipped, notes: notes, source: source, indices: examples.map(originalIndex))
  }

  /// The same examples out of a source that changes the steps of this one's.
  func replacing(source: any SequenceSource) -> SequenceDataset {
    SequenceDataset(
      name: name, count: count, format: format, labels: labels, classNames: classNames,
      skipped: skipped, notes: notes, source: source, indices: indices)
  }
}

/// Where the steps of sequences come from; asked from any thread.
protocol SequenceSource: Sendable {
  /// The steps of an example, known without reading it.
  func length(of example: Int) -> Int
  /// Which part of which series each example is, if it is one.
  var windows: WindowPlan? { get }
  /// What the frames are, beyond their numbers.
  var origin: FrameOrigin { get }
  /// The path of an example's file in the folder of the data, if it has one of its own.
  func fileName(of example: Int) -> String?
  /// Some examples, padded to the longest of them.
  func sequences(at examples: [Int]) throws(DataError) -> Sequences
}

extension SequenceSource {
  var windows: WindowPlan? { nil }
  var origin: FrameOrigin { FrameOrigin() }
  func fileName(of example: Int) -> String? { nil }
}

/// Tokens in memory.
struct TokenLists: SequenceSource {
  let lists: [[Int32]]

  func length(of example: Int) -> Int { lists[example].count }

  func sequences(at examples: [Int]) -> Sequences {
    Sequences(padding: examples.map { lists[$0] })
  }
}

/// Frames in memory.
struct FrameLists: SequenceSource {
  let lists: [Tensor]

  func length(of example: Int) -> Int { lists[example].shape[0] }

  func sequences(at examples: [Int]) -> Sequences {
    Sequences(padding: examples.map { lists[$0] })
  }
}
