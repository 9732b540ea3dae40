public import Layers
public import TensorCore
public import VAECore

/// GRU or LSTM layers that read the step before and give the parameters of the next.
///
/// A linear map of the code is the first hidden state of every layer; LSTM's memory starts at zero.
/// By option the code also joins each step's input. `dropout` works between layers and before the
/// output, `embeddingDropout` on what enters the first, and `wordDropout` hides whole steps.
///
/// - Source: Bowman et al., arXiv:1511.06349; He et al., arXiv:1901.05534, for the code at each
///   step.
public struct RecurrentDecoder: SequenceDecoder {
  public let latentCount: Int
  public let parameterShape: Shape
  /// Whether the code joins each step's input.
  public let codeJoinsInputs: Bool
  private let reader: StepReader
  private let first: Dense
  private let layers: Recurrent
  private let dropout: Dropout
  private let output: Dense

  /// `embedding` is the width of a token's vector, `hidden` that of a layer's state.
  public init(
    format: SequenceFormat, latentCount: Int, parameterShape: Shape, cell: RecurrentCell,
    embedding: Int, hidden: Int, layerCount: Int = 1, codeJoinsInputs: Bool = false,
    dropout: Double = 0, embeddingDropout: Double = 0, wordDropout: Double = 0,
    initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    self.latentCount = latentCount
    self.parameterShape = parameterShape
    self.codeJoinsInputs = codeJoinsInputs
    reader = StepReader(
      recurrent: format, embedding, wordDropout: wordDropout, dropout: embeddingDropout,
      using: &key)
    first = Dense(latentCount, layerCount * hidden, initializer: initializer, using: &key)
    layers = Recurrent(
      cell, reader.width + (codeJoinsInputs ? latentCount : 0), hidden, layerCount: layerCount,
      dropout: dropout, initializer: initializer, using: &key)
    self.dropout = Dropout(dropout)
    output = Dense(hidden, parameterShape.count, initializer: initializer, using: &key)
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["input": reader, "first": first, "layers": layers, "output": output]
  }

  public func callAsFunction(
    _ codes: Variable, teaching x: Sequences, _ context: inout Context
  ) -> Variable {
    var input = reader(x.precedingSteps, &context)
    if codeJoinsInputs {
      let everywhere = codes.expanded(at: 1).broadcast(to: [x.count, x.time, latentCount])
      input = .concatenated([input, everywhere], along: 2)
    }
    let (hidden, _) = layers(
      input, lengths: x.lengths, initial: states(codes, &context), &context)
    return output(dropout(hidden, &context), &context)
      .reshaped(to: [x.count, x.time] + parameterShape)
  }

  public func state(from codes: Tensor) -> State {
    var context = Context.inference()
    return State(
      decoder: self, codes: codes, states: states(Variable(codes), &context).map(\.value))
  }

  /// Each layer's first state.
  private func states(_ codes: Variable, _ context: inout Context) -> [Variable] {
    let hidden = layers.hiddenCount
    return first(codes, &context)
      .split(along: 1, sizes: Array(repeating: hidden, count: layers.layerCount))
      .map { $0.padded(along: 1, before: 0, after: layers.stateWidth - hidden) }
  }

  /// The codes and each layer's state.
  public struct State: DecoderState {
    fileprivate let decoder: RecurrentDecoder
    fileprivate var codes: Tensor
    fileprivate var states: [Tensor]

    public mutating func next(after previous: Tensor?) -> Tensor {
      var context = Context.inference()
      let count = codes.shape[0]
      let step = previous ?? decoder.reader.beginning(count: count, codes.dtype)
      var input = decoder.reader(step, &context).value
      if decoder.codeJoinsInputs { input = .concatenated([input, codes], along: 1) }
      let output: Tensor
      (output, states) = decoder.layers.step(input, states)
      return decoder.output(Variable(output), &context).value
        .reshaped(to: [count] + decoder.parameterShape)
    }

    public func gathered(_ rows: Tensor) -> State {
      State(
        decoder: decoder, codes: codes.gathered(rows, along: 0),
        states: states.map { $0.gathered(rows, along: 0) })
    }
  }
}
