extension SequenceRun {
  /// Token sequences as text; a run over frames has none.
  public func texts(_ sequences: Sequences) -> [String] {
    guard let tokenizer else { return [] }
    let tokens = sequences.values.integers
    return (0..<sequences.count).map { row in
      let start = row * sequences.time
      return tokenizer.decode(tokens[start..<(start + sequences.lengths[row])])
    }
  }

  /// Texts, and what the model makes of each through the posterior's mean.
  public func reconstructions(
    of originals: Sequences, by rule: DecodingRule = .greedy, using key: inout RandomKey
  ) -> [(original: String, reconstruction: String)] {
    let decoded = model.generate(
      from: model.codes(of: originals), by: rule, maximumLength: longest, using: &key)
    return Array(zip(texts(originals), texts(decoded)))
  }

  /// The codes of one text: `[1, latentCount]`.
  ///
  /// - Throws: `DataError` where a token is not in the vocabulary, `ObservationError` where the text
  ///   is empty.
  public func codes(of text: String) throws -> Tensor {
    guard let tokenizer else {
      throw ObservationError("the model was trained on frames, not on text")
    }
    return model.codes(of: Sequences(padding: [try tokenizer.encode(text)]))
  }

  /// The texts between two codes `[1, latentCount]`, both ends included, in equal steps along the
  /// straight line.
  ///
  /// - Source: Bowman et al., arXiv:1511.06349, section 4.2.
  public func interpolation(
    from first: Tensor, to last: Tensor, steps: Int, by rule: DecodingRule = .greedy,
    maximumLength: Int? = nil, using key: inout RandomKey
  ) -> [String] {
    let codes = (0..<steps).map { step in
      let share = steps > 1 ? Double(step) / Double(steps - 1) : 0
      return first * (1 - share) + last * share
    }
    return texts(
      model.generate(
        from: Tensor.concatenated(codes, along: 0), by: rule,
        maximumLength: maximumLength ?? longest, using: &key))
  }
}
