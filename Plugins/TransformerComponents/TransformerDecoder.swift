public import Layers
public import TensorCore
public import VAECore

/// Causal Transformer blocks that read the steps before and give the parameters of the next.
///
/// - Source: Vaswani et al., arXiv:1706.03762; Li et al., "Optimus", arXiv:2004.04092, for the two
///   ways in which the code enters.
public struct TransformerDecoder: SequenceDecoder, LengthLimited {
  /// How the code enters.
  public enum CodeUse: Sendable, Hashable {
    /// A linear map of it is added to what stands before the first step, to which every step looks
    /// back.
    case prefix
    /// A linear map makes so many vectors of it, at which each block looks.
    case crossAttention(slots: Int)
  }

  public let latentCount: Int
  public let parameterShape: Shape
  /// How the code enters.
  public let codeUse: CodeUse
  private let reader: StepReader
  private let positions: PositionalEncoding
  private let dropout: Dropout
  private let code: Dense
  private let blocks: [TransformerBlock]
  private let norm: LayerNorm
  private let output: Dense

  /// `width` is that of a step's vector; `headCount` divides it.
  public init(
    format: SequenceFormat, latentCount: Int, parameterShape: Shape, width: Int,
    blockCount: Int = 2, headCount: Int, feedForward: Int,
    positions: Positions = .sinusoidal, codeUse: CodeUse = .prefix, dropout: Double = 0.1,
    wordDropout: Double = 0, initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    self.latentCount = latentCount
    self.parameterShape = parameterShape
    self.codeUse = codeUse
    reader = StepReader(
      format, width: width, wordDropout: wordDropout, initializer: initializer, using: &key)
    self.positions = PositionalEncoding(positions, width: width, using: &key)
    self.dropout = Dropout(dropout)
    let slots = if case .crossAttention(let slots) = codeUse { slots } else { 1 }
    code = Dense(latentCount, slots * width, initializer: initializer, using: &key)
    blocks = (0..<blockCount).map { _ in
      TransformerBlock(
        width, headCount: headCount, feedForward: feedForward, dropout: dropout,
        readsMemory: codeUse != .prefix, initializer: initializer, using: &key)
    }
    norm = LayerNorm([width])
    output = Dense(width, parameterShape.count, initializer: initializer, using: &key)
  }

  public var maximumLength: Int? { positions.maximumLength }

  public var parts: KeyValuePairs<String, any ModulePart> {
    [
      "input": reader, "positions": positions, "code": code, "blocks": blocks, "norm": norm,
      "output": output,
    ]
  }

  public func callAsFunction(
    _ codes: Variable, teaching x: Sequences, _ context: inout Context
  ) -> Variable {
    let vectors = codeVectors(codes, &context)
    var steps = reader(x.precedingSteps, &context)
    if codeUse == .prefix { steps = steps + vectors.padded(along: 1, before: 0, after: x.time - 1) }
    let memory = codeUse == .prefix ? nil : vectors
    steps = blocks.reduce(dropout(positions(steps, &context), &context)) {
      $1($0, lengths: x.lengths, isCausal: true, memory: memory, &context)
    }
    return parameters(steps, &context).reshaped(to: [x.count, x.time] + parameterShape)
  }

  public func state(from codes: Tensor) -> State {
    var context = Context.inference()
    return State(
      decoder: self, code: codeVectors(Variable(codes), &context).value,
      caches: Array(repeating: MultiHeadAttention.Cache(), count: blocks.count))
  }

  /// What the blocks see of the codes: `[batch, slots, width]`.
  private func codeVectors(_ codes: Variable, _ context: inout Context) -> Variable {
    code(codes, &context).reshaped(to: [codes.shape[0], -1, reader.width])
  }

  private func parameters(_ steps: Variable, _ context: inout Context) -> Variable {
    output(norm(steps, &context), &context)
  }

  /// The code's vectors, and each block's keys and values of the steps so far.
  public struct State: DecoderState {
    fileprivate let decoder: TransformerDecoder
    fileprivate var code: Tensor
    fileprivate var caches: [MultiHeadAttention.Cache]
    fileprivate var time = 0

    public mutating func next(after previous: Tensor?) -> Tensor {
      var context = Context.inference()
      let count = code.shape[0]
      let isPrefix = decoder.codeUse == .prefix
      let before = previous ?? decoder.reader.beginning(count: count, code.dtype)
      var x = decoder.reader(before, &context).expanded(at: 1)
      if isPrefix && time == 0 { x = x + Variable(code) }
      x = decoder.positions(x, from: time, &context)
      for (i, block) in decoder.blocks.enumerated() {
        x = block.step(x, &caches[i], memory: isPrefix ? nil : Variable(code))
      }
      time += 1
      return decoder.parameters(x, &context).value.reshaped(to: [count] + decoder.parameterShape)
    }

    public func gathered(_ rows: Tensor) -> State {
      State(
        decoder: decoder, code: code.gathered(rows, along: 0),
        caches: caches.map { $0.gathered(rows) }, time: time)
    }
  }
}
