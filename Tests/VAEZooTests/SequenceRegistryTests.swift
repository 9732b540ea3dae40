import Testing
import VAEZoo

private let formats = [
  SequenceFormat.tokens(vocabularySize: 9), .frames(featureCount: 1), .frames(featureCount: 3),
]

private func names(_ role: String, _ observed: Observed) -> [String] {
  Registry.standard.components
    .filter { $0.role == role && $0.observation != nil && $0.fits(observed) }.map(\.name)
}

/// Every encoder of sequences with every decoder.
private let combinations = names("encoder", TextDomain.observed).flatMap { encoder in
  names("decoder", TextDomain.observed).map { [encoder, $0] }
}

private func model(
  _ encoder: ConfigurationValue, _ decoder: String, _ likelihood: String,
  _ format: SequenceFormat
) throws -> any LatentModel<Sequences> {
  try sequenceModel(
    [
      "latent": 2, "encoder": encoder, "decoder": .string(decoder),
      "likelihood": .string(likelihood),
    ], format: format)
}

@Suite struct SequenceRegistryTests {
  @Test(arguments: combinations, formats)
  func everyCombinationGivesALossAndSequences(names: [String], format: SequenceFormat) throws {
    let isText = if case .tokens = format { true } else { false }
    let observed = isText ? TextDomain.observed : SignalDomain.observed
    for likelihood in VAEZooTests.names("likelihood", observed) {
      try check(
        try model(.string(names[0]), names[1], likelihood, format),
        isText
          ? Sequences(padding: [[4, 8, 2], [2]])
          : Sequences(values: .zeros([2, 3] + format.stepShape), lengths: [3, 1]))
    }
  }

  private func check(_ model: some LatentModel<Sequences>, _ x: Sequences) throws {
    let objective = try objective(for: model)
    func loss<O: Objective<Batch<Sequences>>>(_ objective: O) -> Tensor {
      var context = Context.training(RandomKey(seed: 3))
      return objective.loss(on: Batch(observations: x, count: 2), &context).total.value
    }
    #expect(loss(objective).isFinite)
    var key = RandomKey(seed: 4)
    for rule in [DecodingRule.greedy, .sampling(temperature: 0.7), .beam(width: 3)] {
      let written = model.generate(
        from: model.codes(of: x), by: rule, maximumLength: 5, using: &key)
      #expect(written.count == 2 && written.time <= 5)
      #expect(throws: Never.self) { try model.validate(written) }
    }
  }

  @Test(
    arguments: [
      ("gru", "hidden", .int(0), "encoder.hidden: takes a count from 1"),
      ("lstm", "layers", .int(0), "encoder.layers: takes a count from 1 to 64"),
      ("gru", "dropout", .double(1), "encoder.dropout: takes a share"),
      ("transformer", "heads", .int(3), "encoder.heads: takes a number that divides width 256"),
      ("transformer", "dropout", .double(-0.1), "encoder.dropout: takes a share"),
      ("gruu", "hidden", .int(2), "encoder.name: no encoder is called 'gruu'"),
      ("gru", "hiddn", .int(2), "unknown key 'encoder.hiddn'; did you mean 'encoder.hidden'?"),
    ] as [(String, String, ConfigurationValue, String)])
  func optionsThatMakeNoSenseAreNamed(
    name: String, option: String, value: ConfigurationValue, message: String
  ) {
    var encoder: ConfigurationValue = ["name": .string(name)]
    encoder[option] = value
    #expect {
      _ = try model(encoder, "gru", "categorical", formats[0])
    } throws: { "\($0)".contains(message) }
  }

  /// What is longer than learned positions reach is refused where data enters, and not written.
  @Test func learnedPositionsLimitTheLength() throws {
    let limited = try model(
      ["name": "transformer", "positions": "learned", "maximum_length": 4], "gru", "categorical",
      formats[0])
    #expect(limited.maximumLength == 4)
    #expect(throws: Never.self) { try limited.validate(Sequences(padding: [[4, 5, 6, 2]])) }
    #expect {
      try limited.validate(Sequences(padding: [[4, 5, 6, 7, 2]]))
    } throws: { "\($0)".contains("a sequence has 5 steps, but the model reads at most 4;") }
    var key = RandomKey(seed: 2)
    let written = limited.generate(
      from: .zeros([20, 2]), by: .sampling(), maximumLength: 9, using: &key)
    #expect(written.time <= 4)
  }

  @Test func aTokenOutsideTheVocabularyIsNamed() throws {
    let text = try model("gru", "gru", "categorical", formats[0])
    #expect {
      try text.validate(Sequences(padding: [[4, 2], [5, 9, 2]]))
    } throws: {
      "\($0)".contains("step 2 of example 2 is the token 9, outside the vocabulary of 9;")
    }
  }
}
