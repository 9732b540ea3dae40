internal import TensorCore
internal import VAECore

/// Where frames of numbers come from, one example at a time.
protocol FrameSource: SequenceSource {
  /// Numbers in a frame.
  var featureCount: Int { get }
  /// Writes all frames of an example, `[length, features]`, from any thread.
  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) throws(DataError)
}

extension FrameSource {
  func sequences(at examples: [Int]) throws(DataError) -> Sequences {
    let lengths = examples.map(length)
    let shape: Shape = [examples.count, lengths.max() ?? 0, featureCount]
    var failure: DataError?
    let values = Tensor(shape: shape) { memory in
      let out = UnsafeMutableBufferPointer(
        start: memory.initializeMemory(as: Float.self, repeating: 0, count: shape.count),
        count: shape.count)
      for (row, example) in examples.enumerated() where failure == nil {
        let start = row * shape[1] * featureCount
        let place = start..<(start + lengths[row] * featureCount)
        do throws(DataError) {
          try read(example, into: UnsafeMutableBufferPointer(rebasing: out[place]))
        } catch { failure = error }
      }
    }
    if let failure { throw failure }
    return Sequences(values: values, lengths: lengths)
  }
}

extension SequenceDataset {
  /// The first `count` examples of a source of frames.
  init(
    _ source: some FrameSource, count: Int, name: String, labels: [Int32]? = nil,
    classNames: [String]? = nil, skipped: [String] = [], notes: [String] = []
  ) {
    self.init(
      name: name, count: count, format: .frames(featureCount: source.featureCount), labels: labels,
      classNames: classNames, skipped: skipped, notes: notes, source: source)
  }

  /// Numbers in a frame.
  var featureCount: Int { format.stepShape.count }
}

/// The beginnings of sequences.
struct TruncatedSequences: SequenceSource {
  let source: any SequenceSource
  let maximum: Int

  var windows: WindowPlan? { source.windows }
  var origin: FrameOrigin { source.origin }

  func fileName(of example: Int) -> String? { source.fileName(of: example) }

  func length(of example: Int) -> Int { min(maximum, source.length(of: example)) }

  func sequences(at examples: [Int]) throws(DataError) -> Sequences {
    let whole = try source.sequences(at: examples)
    guard whole.time > maximum else { return whole }
    return Sequences(
      values: whole.values.sliced(along: 1, 0..<maximum),
      lengths: whole.lengths.map { min($0, maximum) })
  }
}

/// Frames in another scale.
struct ScaledSequences: SequenceSource {
  let source: any SequenceSource
  let scaling: Standardization

  var windows: WindowPlan? { source.windows }
  var origin: FrameOrigin { source.origin }

  func fileName(of example: Int) -> String? { source.fileName(of: example) }

  func length(of example: Int) -> Int { source.length(of: example) }

  func sequences(at examples: [Int]) throws(DataError) -> Sequences {
    scaling.apply(try source.sequences(at: examples))
  }
}
