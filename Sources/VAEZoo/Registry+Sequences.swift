extension Registry {
  /// The encoder and the decoder of sequences of one recurrent cell, under the cell's name.
  mutating func addRecurrentParts(_ cell: RecurrentCell, _ what: String) {
    addSequenceEncoder(
      cell.rawValue, "\(what) over the steps, in one or both directions, then pooled",
      options: RecurrentEncoderOptions()
    ) { options, format, key in
      try options.validate()
      return RecurrentEncoder(
        format: format, cell: cell, embedding: options.embedding, hidden: options.hidden,
        layerCount: options.layers, isBidirectional: options.bidirectional,
        pooling: options.pooling, dropout: options.dropout,
        embeddingDropout: options.embeddingDropout, using: &key)
    }
    addSequenceDecoder(
      cell.rawValue, "\(what) from the code and the steps before to the next",
      options: RecurrentDecoderOptions()
    ) { options, latentCount, format, shape, key in
      try options.validate()
      return RecurrentDecoder(
        format: format, latentCount: latentCount, parameterShape: shape, cell: cell,
        embedding: options.embedding, hidden: options.hidden, layerCount: options.layers,
        codeJoinsInputs: options.codeJoinsInputs, dropout: options.dropout,
        embeddingDropout: options.embeddingDropout, wordDropout: options.wordDropout, using: &key)
    }
  }

  /// The encoder and the decoder of Transformer blocks.
  mutating func addTransformerParts() {
    addSequenceEncoder(
      "transformer", "Transformer blocks over the steps, gathered by a learned query",
      options: TransformerEncoderOptions()
    ) { options, format, key in
      try options.validate()
      let blocks = options.blocks
      return TransformerEncoder(
        format: format, width: blocks.width, blockCount: blocks.layers, headCount: blocks.heads,
        feedForward: blocks.feedForward, positions: blocks.places, dropout: blocks.dropout,
        using: &key)
    }
    addSequenceDecoder(
      "transformer", "causal Transformer blocks from the code and the steps before to the next",
      options: TransformerDecoderOptions()
    ) { options, latentCount, format, shape, key in
      try options.validate()
      let blocks = options.blocks
      return TransformerDecoder(
        format: format, latentCount: latentCount, parameterShape: shape, width: blocks.width,
        blockCount: blocks.layers, headCount: blocks.heads, feedForward: blocks.feedForward,
        positions: blocks.places,
        codeUse: options.code == .prefix ? .prefix : .crossAttention(slots: options.codeSlots),
        dropout: blocks.dropout, wordDropout: options.wordDropout, using: &key)
    }
  }
}
