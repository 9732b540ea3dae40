internal import Layers
public import TensorCore

extension LatentModel where Observation == Sequences {
  /// Steps that it writes at most; nil where there is no limit.
  public var maximumLength: Int? {
    var context = Context.inference()
    let output = generate(typicalCondition(1), &context)
    return (output as? any StepwiseDistribution)?.maximumLength
  }

  /// Sequences written from `codes` `[batch, latentCount]`, at least one code.
  ///
  /// See ``StepwiseDistribution/write(by:maximumLength:using:)``. A model that does not write step by step gives its samples, or its
  /// means.
  public func generate(
    from codes: Tensor, by rule: DecodingRule = .greedy, maximumLength: Int,
    using key: inout RandomKey
  ) -> Sequences {
    precondition(codes.shape[0] > 0, "there are no codes to write sequences from")
    var context = Context.inference(key)
    let output = generate(from: Variable(codes), &context)
    if let steps = output as? any StepwiseDistribution {
      return steps.write(by: rule, maximumLength: maximumLength, using: &key)
    }
    defer { key = context.key }
    if case .sampling = rule { return output.sample(&context) }
    return output.mean(&context)
  }
}

extension StepwiseDistribution {
  /// Writes a sequence for each row.
  ///
  /// Tokens are written up to ``SpecialToken/end``, which is the last of each sequence, or until
  /// there are `maximumLength`; padding and the start token are never written. Frames know no end:
  /// there are `maximumLength` of them. Where the distribution itself has a lower limit, that holds. The same
  /// codes and key give the same sequences.
  public func write(
    by rule: DecodingRule = .greedy, maximumLength: Int, using key: inout RandomKey
  ) -> Sequences {
    precondition(maximumLength > 0, "sequences have at least one step, not \(maximumLength)")
    // So many rows at a time that the probabilities of a large vocabulary stay small.
    let atOnce = max(1, 512 / rule.rowsPerSequence)
    let own = key.split()
    let parts = stride(from: 0, to: rowCount, by: atOnce).enumerated().map { part, first in
      let rows = first..<min(first + atOnce, rowCount)
      return mapParameters { $0.sliced(along: 0, rows) }.together(
        by: rule, min(maximumLength, self.maximumLength ?? maximumLength),
        key: own.folded(with: UInt64(part)))
    }
    return Sequences(joining: parts)
  }

  private func together(
    by rule: DecodingRule, _ maximumLength: Int, key: RandomKey
  ) -> Sequences {
    var key = key
    guard writesTokens else {
      return frames(count: maximumLength) { parameters in
        guard case .sampling = rule else { return mean(given: parameters) }
        return sample(given: parameters, using: &key)
      }
    }
    switch rule {
    case .greedy:
      return tokens(maximumLength) { logs, _ in
        logs.maximum(along: 1).index.integers.map(Int.init)
      }
    case .sampling(let temperature, let topK, let nucleus):
      let sampling = TokenSampling(temperature: temperature, topK: topK, nucleus: nucleus)
      return tokens(maximumLength) { logs, rows in
        // A place for every row, so that none depends on which others have ended.
        let places = key.uniform([rowCount], dtype: .float64).doubles
        return sampling.draw(logs, at: rows.map { places[$0] })
      }
    case .beam(let width, let lengthPenalty):
      let search = BeamSearch(
        width: width, lengthPenalty: lengthPenalty, maximumLength: maximumLength)
      return search.sequences(by: self)
    }
  }

  private var writesTokens: Bool {
    var state = mapParameters { $0.sliced(along: 0, 0..<1) }.beginning
    return tokenLogProbabilities(given: state.next(after: nil)) != nil
  }

  /// log p of each token that may be written next, ``SpecialToken/end`` being the first: what comes
  /// before it, padding and the start token, is left out.
  func writableLogProbabilities(
    _ state: inout any DecoderState, after previous: Tensor?
  ) -> Tensor {
    guard let logs = tokenLogProbabilities(given: state.next(after: previous)) else {
      preconditionFailure("a model of tokens has their log probabilities")
    }
    return logs.sliced(along: 1, Int(SpecialToken.end)..<logs.shape[1])
  }

  /// Tokens that `choose` takes from the log probabilities of the sequences yet to end, whose rows
  /// it is told; it gives places among the writable tokens.
  private func tokens(
    _ maximumLength: Int,
    choose: (_ logProbabilities: Tensor, _ rows: [Int]) -> [Int]
  ) -> Sequences {
    var state = beginning
    var written = [[Int32]](repeating: [], count: rowCount)
    var rows = Array(written.indices)
    var previous: Tensor?
    for _ in 0..<maximumLength {
      let logs = writableLogProbabilities(&state, after: previous)
      let tokens = choose(logs, rows).map { SpecialToken.end + Int32($0) }
      for (row, token) in zip(rows, tokens) { written[row].append(token) }
      let open = tokens.indices.filter { tokens[$0] != SpecialToken.end }
      if open.isEmpty { break }
      if open.count < rows.count {
        state = state.gathered(Tensor(open, shape: [open.count]))
        rows = open.map { rows[$0] }
      }
      previous = Tensor(open.map { tokens[$0] }, shape: [open.count])
    }
    return Sequences(padding: written)
  }

  /// Frames that `step` makes of the parameters `[batch, 1] + parameterShape` of one step.
  private func frames(count: Int, _ step: (Tensor) -> Sequences) -> Sequences {
    var state = beginning
    var previous: Tensor?
    let steps = (0..<count).map { _ in
      let frame = step(state.next(after: previous).expanded(at: 1)).values
      previous = frame.reshaped(to: [frame.shape[0], frame.shape[2]])
      return frame
    }
    return Sequences(
      values: Tensor.concatenated(steps, along: 1),
      lengths: Array(repeating: count, count: rowCount))
  }
}
