public import ImageOutput
public import TensorCore

/// Images of one size with their labels, if they have any.
///
/// Pixels stay where they are, as bytes or in a mapped file, and become float32 when a batch of them
/// is read. A dataset is a value: a subset or a resized form shares the pixels of the whole.
public struct ImageDataset: Dataset {
  /// Images `[batch, height, width, channels]`.
  public typealias Observation = Tensor

  /// What messages call the data: a path, or the name of a built-in set.
  public let name: String
  /// The shape of one image, `[height, width, channels]`.
  public let imageShape: Shape
  /// The class of each example, counted from 0; nil where the data has none.
  public internal(set) var labels: [Int32]?
  /// The names of the classes, where the data has them.
  public internal(set) var classNames: [String]?
  /// What the numbers of an example are called, where the data is a table with a header.
  public let columnNames: [String]?
  /// What made each example, where that is known; ``originalIndex(of:)`` is its place in the grid.
  public let factors: FactorGrid?
  /// A sentence for each file that was passed over because it could not be read.
  public let skipped: [String]
  /// A sentence for each thing that was decided about the data, such as a column that was left out.
  public let notes: [String]

  let source: any PixelSource
  /// Which of the source's examples these are, or nil for its first `count`.
  private let indices: [Int]?
  /// How many examples there are.
  public let count: Int

  init(
    name: String, count: Int, imageShape: Shape, labels: [Int32]? = nil,
    classNames: [String]? = nil, columnNames: [String]? = nil, factors: FactorGrid? = nil,
    skipped: [String] = [], notes: [String] = [], source: any PixelSource, indices: [Int]? = nil
  ) {
    precondition(labels.map { $0.count == count } ?? true, "one label an example")
    self.name = name
    self.count = count
    self.imageShape = imageShape
    self.labels = labels
    self.classNames = classNames
    self.columnNames = columnNames
    self.factors = factors
    self.skipped = skipped
    self.notes = notes
    self.source = source
    self.indices = indices
  }

  /// The place of an example in the data that this is a subset of.
  public func originalIndex(of example: Int) -> Int { indices?[example] ?? example }

  /// The path of an example's file in the folder of the data; nil where images have no files of their own.
  public func fileName(of example: Int) -> String? {
    source.fileName(of: originalIndex(of: example))
  }

  /// Writes one example, as many values as `imageShape` has, from any thread.
  func read(
    _ example: Int, into out: UnsafeMutableBufferPointer<Float>
  ) throws(DataError) {
    precondition(
      (0..<count).contains(example), "example \(example) is outside the \(count) of \(name)")
    try source.read(originalIndex(of: example), into: out)
  }
}

// MARK: - From memory

extension ImageDataset {
  /// A dataset of bytes in memory, `[count, height, width, channels]`, 0 to 255.
  ///
  /// `labels`, if any, must be as many as there are examples.
  public init(
    bytes: [UInt8], shape: Shape, labels: [Int32]? = nil, classNames: [String]? = nil,
    name: String = "the data"
  ) {
    precondition(
      shape.rank == 4 && shape.count == bytes.count,
      "\(bytes.count) bytes do not fill images of shape \(shape)")
    self.init(
      name: name, count: shape[0], imageShape: shape.dropFirst(), labels: labels,
      classNames: classNames, source: ArraySource(elements: bytes) { Float($0) / 255 })
  }

  /// A dataset of values in memory, `[count, height, width, channels]`, kept as they are.
  ///
  /// `labels`, if any, must be as many as there are examples.
  public init(
    values: [Float], shape: Shape, labels: [Int32]? = nil, classNames: [String]? = nil,
    name: String = "the data"
  ) {
    precondition(
      shape.rank == 4 && shape.count == values.count,
      "\(values.count) values do not fill images of shape \(shape)")
    self.init(
      name: name, count: shape[0], imageShape: shape.dropFirst(), labels: labels,
      classNames: classNames, source: ArraySource(elements: values) { $0 })
  }
}

// MARK: - Reading

extension ImageDataset {
  /// The images at the given places, float32 `[batch, height, width, channels]`.
  ///
  /// Images stored as bytes are in [0, 1]; floating-point data keeps its values.
  ///
  /// - Throws: ``DataError`` when a file can no longer be read.
  public func images(at examples: some Collection<Int>) throws(DataError) -> Tensor {
    var failure: DataError?
    let size = imageShape.count
    let images = Tensor(shape: Shape([examples.count]) + imageShape) { memory in
      let out = memory.assumingMemoryBound(to: Float.self)
      for (row, example) in examples.enumerated() where failure == nil {
        do throws(DataError) {
          try read(example, into: UnsafeMutableBufferPointer(start: out + row * size, count: size))
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
    return images
  }

  /// One example as a picture of 8-bit samples.
  ///
  /// - Throws: ``DataError`` when a file can no longer be read.
  public func image(at example: Int) throws(DataError) -> Image {
    let values = try images(at: CollectionOfOne(example)).floats
    return Image(
      values: values, height: imageShape[0], width: imageShape[1], channels: imageShape[2])
  }
}

// MARK: - Parts

extension ImageDataset {
  /// The examples at the given places, in that order.
  public func subset(_ examples: [Int]) -> ImageDataset {
    ImageDataset(
      name: name, count: examples.count, imageShape: imageShape,
      labels: labels.map { labels in examples.map { labels[$0] } }, classNames: classNames,
      columnNames: columnNames, factors: factors, skipped: skipped, notes: notes, source: source,
      indices: examples.map(originalIndex))
  }

  /// The same examples with values from another source of as many.
  func replacing(
    _ source: any PixelSource, shape: Shape? = nil, noting note: String? = nil
  ) -> ImageDataset {
    ImageDataset(
      name: name, count: count, imageShape: shape ?? imageShape, labels: labels,
      classNames: classNames, columnNames: columnNames, factors: factors, skipped: skipped,
      notes: notes + [note].compactMap(\.self), source: source, indices: indices)
  }
}

// MARK: - Other shapes

extension ImageDataset {
  /// The images in the size and with the channels that the options ask for.
  ///
  /// They are computed as they are read, and take no more memory than before.
  ///
  /// - Throws: ``DataError`` when the channels are neither grey nor colour and others are asked for.
  public func adapted(to options: DataOptions) throws(DataError) -> ImageDataset {
    var shape = imageShape
    if let size = options.size { (shape[0], shape[1]) = (size.height, size.width) }
    if options.channels != .automatic { shape[2] = options.channels.count }
    guard shape != imageShape else { return self }
    guard shape[2] == imageShape[2] || [1, 3].contains(imageShape[2]) else {
      throw DataError(
        .usage, name,
        "its images have \(imageShape[2]) channels, which are neither grey nor colour; "
          + "leave the channels as they are.")
    }
    return replacing(FittedSource(source, from: imageShape, to: shape, options), shape: shape)
  }
}
