import Testing
import VAEZoo

/// A prior whose maker asks for facts, to see what it is told.
private func asking(
  _ ask: @escaping @Sendable (Assembly) throws -> Void
) -> Registry {
  Registry.standard.adding(
    Family {
      $0.add(.prior, "asking", "a standard normal that asks first", NoOptions()) {
        _, assembly, _ in
        try ask(assembly)
        return StandardNormalPrior(latentCount: try assembly[.codeShape].count)
      }
    })
}

private func message(_ registry: Registry) -> String {
  do {
    _ = try imageModel(["prior": "asking"], shape: [4, 4, 1], registry: registry)
    return ""
  } catch { return "\(error)" }
}

@Suite struct AssemblyTests {
  @Test func aPriorMayAskForTheRestOfTheModel() {
    let told = message(
      asking { assembly in
        let (encoder, decoder) = (try assembly[.encoder(of: Tensor.self)], try assembly[.decoder])
        let posterior = try assembly[.posterior]
        let examples = try assembly.find(.exampleCount)
        #expect(encoder.featureCount == 400 && posterior.latentCount == 20)
        #expect(decoder.parameterShape == [4, 4, 1])
        #expect(examples == nil)
      })
    #expect(told == "")
  }

  @Test func whatNobodyKnowsIsToldInWords() {
    let told = message(asking { _ = try $0[Fact<Int>("the mesh")] })
    #expect(
      told.hasPrefix("prior 'asking': the mesh is asked for, but nothing here knows it; known: "))
    for fact in ["the encoder", "the posterior", "the observation's shape", "the codes' shape"] {
      #expect(told.contains(fact))
    }
    #expect(
      message(asking { _ = try $0[Fact<Int>("the encoder")] }).contains("which is no Int"))
  }

  /// A part that is made out of its turn leaves the first weights of the others as they are.
  @Test func whoAsksFirstDecidesNoOtherWeight() throws {
    func weights(_ registry: Registry, _ prior: String) throws -> [Tensor] {
      try imageModel(
        ["prior": .string(prior)], shape: [3, 3, 1], registry: registry
      ).namedParameters.filter { !$0.name.hasPrefix("decoder") }.map(\.parameter.value)
    }
    let eager = asking { _ = try $0[.decoder] }
    #expect(try weights(eager, "asking") == weights(.standard, "standard-normal"))
  }

  /// Parts that wait for each other are found before any data is opened.
  @Test func partsThatWaitForEachOtherAreNamed() throws {
    let registry = Registry.standard.adding(
      Family {
        $0.add(.encoder(of: Tensor.self), "tangled", "asks for its posterior", NoOptions()) {
          _, assembly, key in
          let count = try assembly[.posterior].featureCount
          return MLPEncoder(
            observationShape: try assembly[.observationShape], hidden: [count], using: &key)
        }
      })
    let configuration = try RunConfiguration(
      ["encoder": "tangled", "data": ["path": "/no/such"]], registry: registry)
    #expect {
      _ = try Run<ImageDomain>.begin(
        configuration, in: RunFolder("/no/run"), isResumed: false, registry: registry)
    } throws: { error in
      error is CompositionError
        && "\(error)".contains(
          "the encoder waits for itself: the encoder needs the posterior needs the number of "
            + "features needs the encoder")
    }
  }

  /// So are those that only meet behind a part that needs data.
  @Test func partsThatWaitForEachOtherAreNamedWhereverTheyStand() throws {
    let registry = Registry.standard.adding(
      Family {
        $0.add(.prior, "waiting", "asks for the decoder", NoOptions()) { _, assembly, _ in
          _ = try assembly[.decoder]
          return StandardNormalPrior(latentCount: try assembly[.codeShape].count)
        }
        $0.add(.decoder, "waiting", "asks for the prior", NoOptions()) { _, assembly, key in
          MLPDecoder(
            latentCount: try assembly[.prior].latentCount, hidden: [],
            parameterShape: try assembly[.parameterShape], using: &key)
        }
      })
    let configuration = try RunConfiguration(
      ["prior": "waiting", "decoder": "waiting", "data": ["path": "/no/such"]], registry: registry)
    #expect {
      _ = try Run<ImageDomain>.begin(
        configuration, in: RunFolder("/no/run"), isResumed: false, registry: registry)
    } throws: { "\($0)".contains("waits for itself") }
  }

  @Test func twoPartsOfOneNameAreRefused() throws {
    let again = Family {
      $0.add(.prior, "standard-normal", "another one", NoOptions()) { _, assembly, _ in
        StandardNormalPrior(latentCount: try assembly[.codeShape].count)
      }
      $0.add(Preset("conv-28", "another one", source: "this test", "latent: 3"))
      $0.add(.encoder(of: Tensor.self, "points"), "far", "of nothing here", NoOptions()) {
        _, assembly, key in
        MLPEncoder(observationShape: try assembly[.observationShape], hidden: [], using: &key)
      }
    }
    let registry = Registry.standard.adding(again)
    #expect {
      _ = try RunConfiguration(preset: "pytorch-mnist", registry: registry)
    } throws: { error in
      error is ConfigurationError
        && "\(error)".hasPrefix(
          "prior.name: two parts with the role prior are called 'standard-normal'")
    }
    #expect {
      _ = try RunConfiguration(preset: "conv-28", registry: registry)
    } throws: { "\($0)".contains("two presets are called 'conv-28'") }
    let problems = registry.problems
    for part in ["role prior are called 'standard-normal'", "presets are called", "'far' is for"] {
      #expect(problems.contains { $0.contains(part) }, "\(problems)")
    }
  }

  /// A word and keys under it are a name and its options, whichever comes first.
  @Test func theOrderOfChangesDoesNotMatter() throws {
    let words = ["likelihood=gaussian", "likelihood.sigma=0.5"]
    let base = try RunConfiguration(preset: "pytorch-mnist")
    for words in [words, words.reversed()] {
      let run = try base.changed(by: ConfigurationValue(assignments: words))
      #expect(run.model.options["likelihood"]?["name"] == "gaussian")
      #expect(run.model.options["likelihood"]?["sigma"] == 0.5)
      let fresh: ConfigurationValue = ["preset": "pytorch-mnist"]
      let same = try RunConfiguration(
        fresh.overlaid(with: ConfigurationValue(assignments: words)))
      #expect(same == run)
    }
    // The same name keeps what a preset says of it, another one does not.
    let wide = try RunConfiguration(["preset": "flax-mnist", "encoder": "mlp"])
    #expect(wide.model.options["encoder"]?["hidden"] == [500])
    let residual = try RunConfiguration(["preset": "flax-mnist", "encoder": "residual-mlp"])
    #expect(residual.model.options["encoder"]?["hidden"] == [400])
    let optimizer = try RunConfiguration(["trainer": ["optimizer": "sgd"]]).trainer.optimizer
    #expect(optimizer == .sgd())
  }
}
