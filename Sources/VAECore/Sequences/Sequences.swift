public import TensorCore

/// A batch of sequences of different lengths: tokens, or frames of numbers.
public struct Sequences: Sendable {
  /// Tokens as int32 `[batch, time]`, or frames `[batch, time, features]`.
  ///
  /// What lies beyond a sequence's length is zero, and no part of a model may depend on it.
  public let values: Tensor
  /// How many steps of each row are real: `[batch]`, each from 1 to the time axis.
  public let lengths: [Int]

  /// A batch of padded sequences; traps where lengths and values do not belong together.
  public init(values: Tensor, lengths: [Int]) {
    precondition(
      values.shape.rank == (values.dtype == .int32 ? 2 : 3),
      "sequences are int32 tokens [batch, time] or frames [batch, time, features], not "
        + "\(values.dtype) \(values.shape)")
    precondition(
      lengths.count == values.shape[0] && lengths.allSatisfy { (1...values.shape[1]).contains($0) },
      "lengths \(lengths) do not fit sequences \(values.shape)")
    self.values = values
    self.lengths = lengths
  }

  /// How many sequences there are.
  public var count: Int { lengths.count }

  /// Steps of the time axis: those of the longest sequence, or more.
  public var time: Int { values.shape[1] }

  /// Whether the steps are tokens rather than frames.
  public var areTokens: Bool { values.dtype == .int32 }

  /// Ones where a step is real and zeros where it is padding: `[batch, time]`.
  public func mask(_ dtype: DType = .float32) -> Tensor {
    var ones = [Float](repeating: 0, count: count * time)
    for (row, length) in lengths.enumerated() {
      for step in 0..<length { ones[row * time + step] = 1 }
    }
    return Tensor(ones, shape: [count, time]).converted(to: dtype)
  }

  /// What a decoder reads at each step: the step before it, and before the first one the start token
  /// or a frame of zeros; shaped as ``values``.
  public var precedingSteps: Tensor {
    values.sliced(along: 1, 0..<(time - 1)).padded(
      along: 1, before: 1, after: 0, with: areTokens ? Double(SpecialToken.start) : 0)
  }

  /// The sequences of some rows, without steps that are padding in all of them.
  public func rows(_ range: Range<Int>) -> Sequences {
    let kept = Array(lengths[range])
    return Sequences(
      values: values.sliced(along: 0, range).sliced(along: 1, 0..<(kept.max() ?? 1)),
      lengths: kept)
  }
}

extension Sequences: Rows {
  /// The values through `f`, and the lengths of the rows that it picks.
  public func map(_ f: (Tensor) -> Tensor) -> Sequences {
    let rows = f(Tensor(Array(0..<count), shape: [count])).integers
    return Sequences(values: f(values), lengths: rows.map { lengths[Int($0)] })
  }
  /// Each sequence `count` times, one after the other.
  public func repeated(_ count: Int) -> Sequences {
    Sequences(
      values: Variable(values).repeatingRows(count).value,
      lengths: lengths.flatMap { Array(repeating: $0, count: count) })
  }
  /// The rows that `rows` (int32) names, in that order.
  public func gathered(_ rows: Tensor) -> Sequences {
    Sequences(
      values: values.gathered(rows, along: 0), lengths: rows.integers.map { lengths[Int($0)] })
  }
  /// How many sequences there are.
  public var rowCount: Int { count }
  /// The values; the lengths are part of the signature.
  public var captured: CapturedBatch { CapturedBatch(values).adding(lengths) }
}

/// Tokens that mean the same in every vocabulary.
public enum SpecialToken {
  /// Fills rows beyond their length.
  public static let padding: Int32 = 0
  /// What a decoder reads before the first token; never part of a sequence.
  public static let start: Int32 = 1
  /// The last token of every sequence.
  public static let end: Int32 = 2
  /// Stands for a token that the vocabulary does not hold.
  public static let unknown: Int32 = 3
  /// How many there are; a vocabulary's own tokens count from here.
  public static let count = 4
}

/// What one step of a sequence is.
public enum SequenceFormat: Sendable, Hashable {
  /// One of so many tokens, those of ``SpecialToken`` counted.
  case tokens(vocabularySize: Int)
  /// So many real numbers.
  case frames(featureCount: Int)

  /// The shape of one step, as encoders and likelihoods speak of it: a token's is that of its
  /// one-hot form, `[vocabularySize]`, a frame's `[featureCount]`.
  public var stepShape: Shape {
    switch self {
    case .tokens(let size): [size]
    case .frames(let count): [count]
    }
  }
}

extension Sequences {
  /// Tokens of different lengths, none empty, padded to the longest.
  public init(padding lists: [[Int32]]) {
    let time = lists.reduce(0) { max($0, $1.count) }
    var values = [Int32](repeating: SpecialToken.padding, count: lists.count * time)
    for (row, list) in lists.enumerated() {
      values.replaceSubrange((row * time)..<(row * time + list.count), with: list)
    }
    self.init(
      values: Tensor(values, shape: [lists.count, time]), lengths: lists.map(\.count))
  }

  /// Frames `[time, features]` of different lengths, none empty, padded to the longest.
  public init(padding lists: [Tensor]) {
    let time = lists.reduce(0) { max($0, $1.shape[0]) }
    let padded = lists.map {
      $0.padded(along: 0, before: 0, after: time - $0.shape[0]).expanded(at: 0)
    }
    self.init(
      values: Tensor.concatenated(padded, along: 0), lengths: lists.map { $0.shape[0] })
  }

  /// The sequences of several batches, one after the other, padded to the longest.
  public init(joining batches: [Sequences]) {
    let time = batches.reduce(0) { max($0, $1.time) }
    let padded = batches.map { $0.values.padded(along: 1, before: 0, after: time - $0.time) }
    self.init(
      values: Tensor.concatenated(padded, along: 0), lengths: batches.flatMap(\.lengths))
  }
}
