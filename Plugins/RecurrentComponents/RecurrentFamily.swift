public import ComponentRegistry
public import Layers
internal import TensorCore
internal import VAECore

/// What recurrent encoders are made of.
public struct RecurrentEncoderOptions: ComponentOptions, Hashable {
  @Setting("The width of a token's vector; frames enter as they are.", .width)
  public var embedding = 300
  @Setting("The width of one direction's state.", .width)
  public var hidden = 256
  @Setting("Layers, each fed with the one below.", .from(1...64))
  public var layers = 1
  @Setting("Whether a second run goes from the last step to the first.")
  public var bidirectional = false
  @Setting("What is made of the outputs of the steps.")
  public var pooling = RecurrentEncoder.Pooling.last
  @Setting("The share of elements that training drops between layers.", .share)
  public var dropout = 0.0
  @Setting("The share of elements that training drops from what enters.", .share)
  public var embeddingDropout = 0.0
  @Setting("How first weights are drawn.")
  public var initializer = Initializer.pytorch

  public init() {}
}

/// What recurrent decoders are made of.
public struct RecurrentDecoderOptions: ComponentOptions, Hashable {
  @Setting("The width of a token's vector; frames enter as they are.", .width)
  public var embedding = 300
  @Setting("The width of a layer's state.", .width)
  public var hidden = 256
  @Setting("Layers, each fed with the one below.", .from(1...64))
  public var layers = 1
  @Setting("Whether the code joins each step's input; it sets the first state anyway.")
  public var codeJoinsInputs = false
  @Setting("The share of elements dropped between layers and before the output.", .share)
  public var dropout = 0.0
  @Setting("The share of elements that training drops from what enters.", .share)
  public var embeddingDropout = 0.0
  @Setting("The share of steps that training hides from the decoder.", .share)
  public var wordDropout = 0.0
  @Setting("How first weights are drawn.")
  public var initializer = Initializer.pytorch

  public init() {}
}

extension Family {
  /// Recurrent encoders and decoders of sequences.
  public static let recurrent = Family { registry in
    let cells: [(RecurrentCell, String)] = [
      (.gru, "gated recurrent units"), (.lstm, "long short-term memory"),
    ]
    for (cell, what) in cells {
      registry.add(
        .encoder(of: Sequences.self), cell.rawValue,
        "\(what) over the steps, in one or both directions, then pooled",
        RecurrentEncoderOptions()
      ) { options, assembly, key in
        RecurrentEncoder(
          format: try assembly[.steps], cell: cell, embedding: options.embedding,
          hidden: options.hidden, layerCount: options.layers,
          isBidirectional: options.bidirectional, pooling: options.pooling,
          dropout: options.dropout, embeddingDropout: options.embeddingDropout,
          initializer: options.initializer, using: &key)
      }
      registry.add(
        .sequenceDecoder, cell.rawValue, "\(what) from the code and the steps before to the next",
        RecurrentDecoderOptions()
      ) { options, assembly, key in
        RecurrentDecoder(
          format: try assembly[.steps], latentCount: try assembly[.codeShape].count,
          parameterShape: try assembly[.parameterShape], cell: cell, embedding: options.embedding,
          hidden: options.hidden, layerCount: options.layers,
          codeJoinsInputs: options.codeJoinsInputs, dropout: options.dropout,
          embeddingDropout: options.embeddingDropout, wordDropout: options.wordDropout,
          initializer: options.initializer, using: &key)
      }
    }
    for preset in recurrentPresets { registry.add(preset) }
  }
}
