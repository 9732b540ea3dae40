import Layers
import TensorCore
import VAECore
import VAETestKit

/// A decoder of six tokens that looks up how probable each is after the one before; codes change
/// nothing.
struct TableDecoder: SequenceDecoder {
  /// Probabilities of padding, start, end, unknown and two words, by the token before.
  static let table: [[Double]] = [
    [0, 0, 0, 0, 0, 0],
    [0.30, 0.10, 0.02, 0.08, 0.30, 0.20],  // the first token
    [0, 0, 0, 0, 0, 0],
    [0.10, 0.10, 0.40, 0.10, 0.20, 0.10],
    [0.05, 0.05, 0.20, 0.30, 0.22, 0.18],
    [0.05, 0.00, 0.75, 0.05, 0.05, 0.10],
  ]
  static let logs = Variable(
    Tensor(table.flatMap { $0.map { Float(max($0, 1e-30)) } }, shape: [6, 6])
  ).log().value

  let latentCount = 1
  let parameterShape: Shape = [6]

  func callAsFunction(
    _ codes: Variable, teaching x: Sequences, _ context: inout Context
  ) -> Variable { Variable(Self.logs).embedded(x.precedingSteps) }

  func state(from codes: Tensor) -> State { State(count: codes.shape[0]) }

  struct State: DecoderState {
    var count: Int

    mutating func next(after previous: Tensor?) -> Tensor {
      let start = Tensor(repeating: Double(SpecialToken.start), shape: [count], dtype: .int32)
      precondition(previous.map { $0.shape == [count] } ?? true, "\(count) rows go on")
      return TableDecoder.logs.gathered(previous ?? start, along: 0)
    }

    func gathered(_ rows: Tensor) -> State { State(count: rows.count) }
  }

  /// The model of which this is the decoder.
  static func model() throws -> SequenceVAE<
    MinimalSequenceEncoder, MinimalPosterior, MinimalPrior, TableDecoder, MinimalTokenLikelihood
  > {
    var key = RandomKey(seed: 1)
    return try SequenceVAE(
      encoder: MinimalSequenceEncoder(
        format: .tokens(vocabularySize: 6), featureCount: 1, using: &key),
      posterior: MinimalPosterior(featureCount: 1, latentCount: 1, using: &key),
      prior: MinimalPrior(latentCount: 1), decoder: TableDecoder(),
      likelihood: MinimalTokenLikelihood(vocabularySize: 6))
  }

  /// Every sequence that can be written in so many tokens, with its probability.
  static func sequences(upTo length: Int) -> [(tokens: [Int32], probability: Double)] {
    var whole: [(tokens: [Int32], probability: Double)] = []
    var open: [(tokens: [Int32], probability: Double)] = [([], 1)]
    for step in 1...length {
      let next = open.flatMap { beginning in
        (SpecialToken.end..<6).map { token in
          let previous = Int(beginning.tokens.last ?? SpecialToken.start)
          let probability = beginning.probability * table[previous][Int(token)]
          return (tokens: beginning.tokens + [token], probability: probability)
        }
      }
      whole += next.filter { $0.tokens.last == SpecialToken.end || step == length }
      open = next.filter { $0.tokens.last != SpecialToken.end }
    }
    return whole
  }
}
