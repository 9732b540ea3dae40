internal import TensorCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Looks for the best sequence of tokens of each code among the most probable beginnings.
struct BeamSearch {
  let width: Int
  let lengthPenalty: Double
  let maximumLength: Int

  init(width: Int, lengthPenalty: Double, maximumLength: Int) {
    precondition(width > 0, "a beam holds at least one sequence, not \(width)")
    precondition(lengthPenalty >= 0, "a length penalty is not below 0, as \(lengthPenalty) is")
    self.width = width
    self.lengthPenalty = lengthPenalty
    self.maximumLength = maximumLength
  }

  /// A beginning, or a whole sequence.
  private struct Hypothesis {
    var tokens: [Int32] = []
    var logProbability = 0.0
  }

  /// What is known of one code's sequences.
  private struct Beam {
    var open = [Hypothesis()]
    /// The best whole sequence; an empty text stands for it while none is possible.
    var best: (tokens: [Int32], score: Double) = ([SpecialToken.end], -.infinity)
  }

  /// A token that may follow one of a beam's hypotheses.
  private struct Step {
    var hypothesis: Int
    var token: Int32
    var logProbability: Double
  }

  /// The best sequence found for each row.
  func sequences(by distribution: some StepwiseDistribution) -> Sequences {
    var state = distribution.beginning
    var beams = [Beam](repeating: Beam(), count: distribution.rowCount)
    var previous: Tensor?
    for _ in 0..<maximumLength {
      let logs = distribution.writableLogProbabilities(&state, after: previous).converted(
        to: .float32)
      let choices = logs.withRows { _, row in
        row.largest(width).map { (token: SpecialToken.end + Int32($0), log: Double(row[$0])) }
      }
      var (rows, tokens): ([Int], [Int32]) = ([], [])
      var first = 0
      for i in beams.indices {
        let count = beams[i].open.count
        let steps = advance(&beams[i], choices[first..<(first + count)])
        rows += steps.map { first + $0.hypothesis }
        tokens += steps.map(\.token)
        first += count
      }
      if rows.isEmpty { break }
      state = state.gathered(Tensor(rows, shape: [rows.count]))
      previous = Tensor(tokens, shape: [tokens.count])
    }
    return Sequences(padding: beams.map(\.best.tokens))
  }

  /// Moves a beam on by one token, and tells the steps that lead to its open hypotheses.
  private func advance(
    _ beam: inout Beam, _ choices: ArraySlice<[(token: Int32, log: Double)]>
  ) -> [Step] {
    let steps = zip(beam.open.indices, choices).flatMap { hypothesis, choices in
      choices.map {
        Step(
          hypothesis: hypothesis, token: $0.token,
          logProbability: beam.open[hypothesis].logProbability + $0.log)
      }
    }
    // Steps of equal probability keep the order of their hypotheses and tokens.
    let order = steps.indices.sorted {
      (steps[$1].logProbability, $0) < (steps[$0].logProbability, $1)
    }
    var (open, taken): ([Hypothesis], [Step]) = ([], [])
    for step in order.prefix(width).map({ steps[$0] }) {
      let tokens = beam.open[step.hypothesis].tokens + [step.token]
      if step.token == SpecialToken.end || tokens.count == maximumLength {
        let score = score(step.logProbability, length: tokens.count)
        if score > beam.best.score { beam.best = (tokens, score) }
      } else {
        open.append(Hypothesis(tokens: tokens, logProbability: step.logProbability))
        taken.append(step)
      }
    }
    // Longer sequences are less probable, so that no open one can pass this score.
    let limit = open.first.map { score($0.logProbability, length: maximumLength) }
    if let limit, beam.best.score >= limit { (open, taken) = ([], []) }
    beam.open = open
    return taken
  }

  private func score(_ logProbability: Double, length: Int) -> Double {
    logProbability / pow(Double(length), lengthPenalty)
  }
}
