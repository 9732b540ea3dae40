internal import TensorCore
internal import VAECore

/// Sequences as rows of numbers, so that what is said of a ``Subject`` holds for them too.
///
/// A row is `[length, steps...]`, as long as the longest sequence the laws draw, so that an example
/// can be taken out of a batch; unpacked, it has no more padding than its batch needs.
extension SequenceFormat {
  /// Steps of the longest sequence drawn.
  static let longest = 5

  /// Numbers a step takes in a row.
  private var stepWidth: Int {
    switch self {
    case .tokens: 1
    case .frames(let count): count
    }
  }

  /// Sequences of the given lengths with random steps, the time axis being ``longest``; of tokens,
  /// the last is the end.
  func sequences(lengths: [Int], _ key: inout RandomKey) -> Sequences {
    let shape: Shape = [lengths.count, SequenceFormat.longest]
    switch self {
    case .frames(let features):
      let mask = Sequences(values: .zeros(shape + [features]), lengths: lengths).mask()
      return Sequences(
        values: key.normal(shape + [features]) * mask.expanded(at: -1), lengths: lengths)
    case .tokens(let size):
      precondition(size > SpecialToken.count, "the laws need tokens beside the special ones")
      var tokens = key.uniform(shape, low: Double(SpecialToken.unknown), high: Double(size))
        .floats.map { min(Int32($0), Int32(size - 1)) }
      for (row, length) in lengths.enumerated() {
        let end = row * SequenceFormat.longest + length
        tokens[end - 1] = SpecialToken.end
        for place in end..<((row + 1) * SequenceFormat.longest) {
          tokens[place] = SpecialToken.padding
        }
      }
      return Sequences(values: Tensor(tokens, shape: shape), lengths: lengths)
    }
  }

  /// Sequences of different lengths, the longest first.
  func sequences(_ count: Int, _ key: inout RandomKey) -> Sequences {
    sequences(lengths: (0..<count).map { [SequenceFormat.longest, 2, 1, 4][$0 % 4] }, &key)
  }

  /// Sequences as extreme as a component has to bear.
  func extremes(_ count: Int, _ key: inout RandomKey) -> [Sequences] {
    let x = sequences(count, &key)
    guard case .frames = self else { return [x] }
    return [0, 1e4, -1e4].map { Sequences(values: x.values * $0, lengths: x.lengths) }
  }

  /// Sequences as rows of numbers.
  func packed(_ x: Sequences) -> Tensor {
    let lengths = Tensor(x.lengths.map(Float.init), shape: [x.count, 1])
    return .sideBySide([lengths, x.values.converted(to: .float32)])
  }

  /// The sequences that rows of numbers stand for, without steps that are padding in all of them.
  func unpacked(_ rows: Tensor) -> Sequences {
    let lengths = rows.sliced(along: 1, 0..<1).integers.map(Int.init)
    let steps = rows.sliced(along: 1, 1..<rows.shape[1])
    let shape = [lengths.count, SequenceFormat.longest]
    let values =
      switch self {
      case .tokens: steps.converted(to: .int32).reshaped(to: shape)
      case .frames(let count): steps.reshaped(to: shape + [count])
      }
    return Sequences(values: values, lengths: lengths).rows(0..<lengths.count)
  }

  /// The same rows with random steps beyond each sequence's length, frames a hundredfold.
  func refilled(_ rows: Tensor, _ key: inout RandomKey) -> Tensor {
    let width = rows.shape[1]
    let full = sequences(
      lengths: rows.sliced(along: 1, 0..<1).integers.map { _ in SequenceFormat.longest }, &key)
    let noise = packed(full).floats
    let scale: Float = if case .tokens = self { 1 } else { 100 }
    var values = rows.floats
    for row in 0..<rows.shape[0] {
      let real = 1 + Int(values[row * width]) * stepWidth
      for column in real..<width {
        let place = row * width + column
        values[place] = noise[place] * scale
      }
    }
    return Tensor(values, shape: rows.shape)
  }
}

extension Variable {
  /// Results of steps `[batch, time, ...]` with zeros at padding, as many steps as the longest
  /// sequence has.
  func real(in x: Sequences) -> Variable {
    let mask = x.mask(dtype).reshaped(
      to: [x.count, x.time] + Array(repeating: 1, count: shape.rank - 2))
    return (self * Variable(mask)).padded(
      along: 1, before: 0, after: SequenceFormat.longest - x.time)
  }
}
