internal import Layers
public import TensorCore
public import VAECore

/// What a `SequenceDecoder` has to obey.
public enum SequenceDecoderLaw: String, CaseIterable, Sendable {
  /// Parameters are `[batch, time] + parameterShape`, those of a generated step `[batch] +
  /// parameterShape`.
  case shape
  /// A batch of one code works like any other.
  case singleExample
  /// Step t of a sequence changes no parameters of step t or of those before it.
  case causality
  /// Generating step by step gives the parameters that teaching gives.
  case stepping
  /// A state's rows can be chosen, reordered and repeated, and the state they came from stays as it
  /// was.
  case gathering
  /// Other codes give other parameters, from the first step on.
  case codesAreUsed
  /// An example gets alone the parameters it gets in a batch, in inference, whatever fills the
  /// shorter sequences up.
  case batchIndependence
  /// The same key gives the same bytes.
  case determinism
  /// Inference changes no parameter, draws no random numbers and records nothing.
  case inferenceIsPure
  /// A gradient reaches every trained parameter and the codes.
  case connection
  /// Gradients are the slopes of the parameters, in float64.
  case gradient
  /// Codes far from the prior and huge frames give finite parameters and gradients.
  case finiteness

  /// Throws evidence where the decoder that `make` gives breaks this law.
  ///
  /// `make` gives equal decoders for equal keys. The laws draw sequences of different lengths.
  public func check<D: SequenceDecoder>(
    format: SequenceFormat, _ make: @escaping (inout RandomKey) throws -> D
  ) throws(LawViolation) {
    let laboratory = Laboratory(format: format, make: make)
    let examination = laboratory.examination
    try judge(self) {
      switch self {
      case .shape: for count in [3, 2] { try laboratory.shapes(count) }
      case .singleExample: try laboratory.shapes(1)
      case .causality: try laboratory.causality()
      case .stepping: try laboratory.stepping()
      case .gathering: try laboratory.gathering()
      case .codesAreUsed: try laboratory.codesAreUsed()
      case .batchIndependence:
        try examination.batchIndependence()
        try examination.padding(refilled: laboratory.refilled)
      case .determinism: try examination.determinism()
      case .inferenceIsPure: try examination.inferenceIsPure()
      case .connection: try examination.connection()
      case .gradient: try examination.gradient()
      case .finiteness: try examination.finiteness()
      }
    }
  }
}

/// What the laws do to a decoder of sequences.
private struct Laboratory<D: SequenceDecoder> {
  let format: SequenceFormat
  let make: (inout RandomKey) throws -> D

  /// A decoder with codes and sequences to teach it.
  private func lesson(
    _ count: Int, seed: UInt64
  ) throws -> (decoder: D, codes: Tensor, x: Sequences, key: RandomKey) {
    var key = RandomKey(seed: seed)
    let decoder = try make(&key)
    let codes = key.normal([count, decoder.latentCount])
    return (decoder, codes, format.sequences(count, &key), key)
  }

  private func parameters(
    _ decoder: D, _ codes: Tensor, _ x: Sequences, _ context: Context = .inference()
  ) -> Tensor {
    var context = context
    // Buffers stand still, so that passes can be compared.
    context.trained = []
    return decoder(Variable(codes), teaching: x, &context).value
  }

  /// The parameters of real steps as a function of codes and packed sequences, side by side.
  var examination: Examination {
    Examination { key in
      let decoder = try make(&key)
      let latentCount = decoder.latentCount
      func input(_ codes: Tensor, _ x: Sequences) -> Tensor {
        .sideBySide([codes, format.packed(x)])
      }
      return Subject(
        module: decoder, resultShape: [SequenceFormat.longest] + decoder.parameterShape,
        inputs: { count, key in
          input(key.normal([count, latentCount]), format.sequences(count, &key))
        },
        extremes: { count, key in
          let codes = key.normal([count, latentCount])
          let sequences = format.extremes(count, &key)
          return [0, 30, 1e3].flatMap { scale in sequences.map { input(codes * scale, $0) } }
        }, inputIsConnected: true, connectedColumns: latentCount
      ) { input, context in
        let x = format.unpacked(input.value.sliced(along: 1, latentCount..<input.shape[1]))
        return decoder(input.sliced(along: 1, 0..<latentCount), teaching: x, &context).real(in: x)
      }
    }
  }

  /// The same input with other padding.
  func refilled(_ input: Tensor, _ key: inout RandomKey) -> Tensor {
    let width = input.shape[1] - format.packed(format.sequences(1, &key)).shape[1]
    return .sideBySide([
      input.sliced(along: 1, 0..<width),
      format.refilled(input.sliced(along: 1, width..<input.shape[1]), &key),
    ])
  }

  func shapes(_ count: Int) throws {
    let (decoder, codes, x, key) = try lesson(count, seed: 81)
    let expected = [count, x.time] + decoder.parameterShape
    for (mode, context) in [("training", Context.training(key)), ("inference", .inference(key))] {
      let result = parameters(decoder, codes, x, context)
      guard result.shape == expected else {
        throw Finding(
          "\(count) sequences of \(x.time) steps gave \(result.shape) in \(mode), where \(expected) "
            + "was promised")
      }
    }
    var state = decoder.state(from: codes)
    for previous in [nil, x.step(0)] {
      let shape = state.next(after: previous).shape
      guard shape == [count] + decoder.parameterShape else {
        throw Finding(
          "a generated step of \(count) sequences has parameters \(shape), not "
            + "\([count] + decoder.parameterShape)")
      }
    }
  }

  func causality() throws {
    let (decoder, codes, x, key) = try lesson(4, seed: 82)
    decoder.convert(to: .float64)
    func result(_ x: Sequences, _ context: Context) -> Tensor {
      let taught =
        x.areTokens
        ? x : Sequences(values: x.values.converted(to: .float64), lengths: x.lengths)
      return parameters(decoder, codes.converted(to: .float64), taught, context)
    }
    for (mode, context) in [("training", Context.training(key)), ("inference", .inference(key))] {
      let before = result(x, context)
      for step in 0..<x.time {
        let after = result(changed(x, at: step), context)
        for earlier in 0...step {
          let range = earlier..<(earlier + 1)
          let distance = before.sliced(along: 1, range).relativeDistance(
            from: after.sliced(along: 1, range))
          guard distance < 1e-12 else {
            throw Finding(
              "in \(mode), changing step \(step) of the sequences changes the parameters of step "
                + "\(earlier) by \(distance)")
          }
        }
      }
    }
  }

  /// The sequences with something else at one step.
  private func changed(_ x: Sequences, at step: Int) -> Sequences {
    let other: Tensor
    switch format {
    case .tokens(let size):
      let tokens = x.step(step).integers.map { ($0 + 1) % Int32(size) }
      other = Tensor(tokens, shape: [x.count, 1])
    case .frames(let features):
      other = (x.step(step) + 1).reshaped(to: [x.count, 1, features])
    }
    let values = Tensor.concatenated(
      [
        x.values.sliced(along: 1, 0..<step), other,
        x.values.sliced(along: 1, (step + 1)..<x.time),
      ], along: 1)
    return Sequences(values: values, lengths: x.lengths)
  }

  func stepping() throws {
    let (decoder, codes, x, _) = try lesson(4, seed: 83)
    let taught = parameters(decoder, codes, x)
    var state = decoder.state(from: codes)
    for step in 0..<x.time {
      let next = state.next(after: step == 0 ? nil : x.step(step - 1))
      for (row, length) in x.lengths.enumerated() where step < length {
        let expected = taught.sliced(along: 0, row..<(row + 1)).sliced(along: 1, step..<(step + 1))
        let distance = next.sliced(along: 0, row..<(row + 1)).relativeDistance(
          from: expected.reshaped(to: [1] + decoder.parameterShape))
        guard distance < 1e-4 else {
          throw Finding(
            "generated step \(step) of sequence \(row) has other parameters than the same step "
              + "taught: they differ by \(distance)")
        }
      }
    }
  }

  func gathering() throws {
    let (decoder, codes, _, start) = try lesson(3, seed: 84)
    var key = start
    let x = format.sequences(lengths: [4, 4, 4], &key)
    var state = decoder.state(from: codes)
    _ = state.next(after: nil)
    _ = state.next(after: x.step(0))
    let rows = Tensor([2, 0, 0, 1] as [Int32], shape: [4])
    var chosen = state.gathered(rows)
    for step in [1, 2] {
      let branch = chosen.next(after: x.step(step).gathered(rows, along: 0))
      let whole = state.next(after: x.step(step)).gathered(rows, along: 0)
      let distance = branch.relativeDistance(from: whole)
      guard distance < 1e-4 else {
        throw Finding(
          "rows 2, 0, 0 and 1 of a state go on otherwise than the state itself: \(step) steps on "
            + "they differ by \(distance)")
      }
    }
  }

  func codesAreUsed() throws {
    let (decoder, codes, x, start) = try lesson(2, seed: 85)
    var key = start
    let others = key.normal(codes.shape)
    let (one, other) = (parameters(decoder, codes, x), parameters(decoder, others, x))
    let first = one.sliced(along: 1, 0..<1)
    guard first.relativeDistance(from: other.sliced(along: 1, 0..<1)) > 1e-7 else {
      throw Finding("two codes give the same parameters of the first step")
    }
  }
}

extension Sequences {
  /// One step of every row: tokens `[batch]` or frames `[batch, features]`.
  func step(_ index: Int) -> Tensor {
    values.sliced(along: 1, index..<(index + 1)).reshaped(
      to: [count] + values.shape.dimensions.dropFirst(2))
  }
}
