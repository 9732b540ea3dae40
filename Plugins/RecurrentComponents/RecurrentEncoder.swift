public import Layers
public import TensorCore
public import VAECore

/// GRU or LSTM layers over a sequence of tokens or frames, in one or both directions, pooled to one
/// vector.
///
/// Tokens go through a table of vectors, frames enter as they are. `dropout` works between layers,
/// `embeddingDropout` on what enters the first.
///
/// - Source: Bowman et al., arXiv:1511.06349.
public struct RecurrentEncoder: Encoder {
  public typealias Observation = Sequences
  /// What is made of a sequence's outputs; padding never counts.
  public enum Pooling: String, Sendable, Hashable, Codable, CaseIterable {
    /// The last layer's state after the last step, of the backward direction after the first.
    case last
    /// The mean of the last layer's outputs.
    case mean
    /// The largest of each of the last layer's outputs.
    case max
  }

  public let observationShape: Shape
  public let pooling: Pooling
  private let reader: StepReader
  private let layers: Recurrent

  /// `embedding` is the width of a token's vector, `hidden` that of one direction's state.
  public init(
    format: SequenceFormat, cell: RecurrentCell, embedding: Int, hidden: Int,
    layerCount: Int = 1, isBidirectional: Bool = false, pooling: Pooling = .last,
    dropout: Double = 0, embeddingDropout: Double = 0, initializer: Initializer = .pytorch,
    using key: inout RandomKey
  ) {
    observationShape = format.stepShape
    self.pooling = pooling
    reader = StepReader(recurrent: format, embedding, dropout: embeddingDropout, using: &key)
    layers = Recurrent(
      cell, reader.width, hidden, layerCount: layerCount, isBidirectional: isBidirectional,
      dropout: dropout, initializer: initializer, using: &key)
  }

  public var featureCount: Int { layers.outputCount }

  public var parts: KeyValuePairs<String, any ModulePart> { ["input": reader, "layers": layers] }

  public func callAsFunction(_ x: Sequences, _ context: inout Context) -> Variable {
    let (output, final) = layers(reader(x.values, &context), lengths: x.lengths, &context)
    switch pooling {
    case .last:
      let directions = final.suffix(layers.outputCount / layers.hiddenCount)
      return Variable.concatenated(directions.map(layers.hidden), along: 1)
    case .mean:
      // Outputs of padding are zeros.
      let shares = Tensor(x.lengths.map { 1 / Double($0) }, shape: [x.count, 1])
      return output.sum(along: 1) * Variable(shares.converted(to: output.dtype))
    case .max:
      let padding = (x.mask(output.dtype) - 1).expanded(at: -1)
      return (output + Variable(padding * 1e9)).maximum(along: 1)
    }
  }
}

extension StepReader {
  /// A reader for recurrent layers, which take frames as they are.
  init(
    recurrent format: SequenceFormat, _ embedding: Int, wordDropout: Double = 0, dropout: Double,
    using key: inout RandomKey
  ) {
    let width: Int? = if case .tokens = format { embedding } else { nil }
    self.init(format, width: width, wordDropout: wordDropout, dropout: dropout, using: &key)
  }
}
