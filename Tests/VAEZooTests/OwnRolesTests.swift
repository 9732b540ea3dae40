import Testing
import VAEZoo

/// The keys of a whole model of one's own: its code is fixed, its encoder is a part.
private struct PlainOptions: ComponentOptions {
  @Setting("Numbers of a code.", .width) var width = 3
  @Setting("Observations to features.", role: "encoder")
  var encoder: ComponentConfiguration = "mlp"
}

extension Family {
  /// A model, an objective and a role that the zoo does not have.
  fileprivate static let own = Family { registry in
    registry.add(.model(of: Tensor.self), "plain", "a model of two layers", PlainOptions()) {
      options, outer, key in
      let inner = outer.inside(key)
      let encoder = try inner.make(options.encoder, .encoder(of: Tensor.self))
      func compose(
        _ encoder: some Encoder<Tensor>
      ) throws -> any LatentModel<Tensor> {
        try VAE(
          encoder: encoder,
          posterior: DiagonalGaussianPosterior(
            featureCount: encoder.featureCount, latentCount: options.width, using: &key),
          prior: StandardNormalPrior(latentCount: options.width),
          decoder: MLPDecoder(
            latentCount: options.width, hidden: [], parameterShape: encoder.observationShape,
            using: &key), likelihood: BernoulliLikelihood())
      }
      return try compose(encoder)
    }
    registry.add(.objective, "half", "half the bound", NoOptions()) { _, assembly, _ in
      func half(_ model: some LatentModel) -> any Objective {
        ELBO(model, klWeight: .constant(0.5))
      }
      let model = try assembly[.model]
      return half(model)
    }
    registry.add(Role<String>("greeting"), "hello", "says hello", NoOptions()) { _, assembly, _ in
      "hello, \(try assembly.find(Fact<String>("the name")) ?? "you")"
    }
  }
}

private let registry = Registry.standard.adding(.own)

@Suite struct OwnRolesTests {
  @Test func aWholeModelIsAPart() throws {
    #expect(registry.problems == [])
    let changes: ConfigurationValue = ["model": "plain", "encoder": ["hidden": [5]]]
    let model = try imageModel(changes, shape: [2, 2, 1], registry: registry)
    #expect(model.latentCount == 3)
    #expect(model.parameterCount == 4 * 5 + 5 + 5 * 6 + 6 + 3 * 4 + 4)
    // Everything is spelled out, and reads back.
    let run = try RunConfiguration(changes, registry: registry)
    #expect(run.model.options["encoder"]?["activation"] == "relu")
    #expect(try RunConfiguration(yaml: run.yaml, registry: registry) == run)
  }

  @Test(arguments: [
    ("latent", "unknown key 'latent'; known: width, encoder, preset"),
    ("widht", "unknown key 'widht'; did you mean 'width'?"),
  ])
  func itsKeysAreItsOwn(key: String, message: String) {
    #expect {
      var changes: ConfigurationValue = ["model": "plain"]
      changes[key] = 4
      _ = try RunConfiguration(changes, registry: registry)
    } throws: { "\($0)".hasPrefix(message) }
  }

  @Test func anObjectiveIsAPart() throws {
    let model = try imageModel(["latent": 2], shape: [2, 2, 1])
    let half = try objective("half", for: model, registry: registry)
    #expect(half.namedParameters.count == model.namedParameters.count)
  }

  @Test func rolesAreOpen() throws {
    let assembly = Assembly(registry, of: ImageDomain.observed, key: RandomKey(seed: 1))
    #expect(try assembly.make("hello", Role<String>("greeting")) == "hello, you")
    assembly.offer(Fact("the name")) { _ in "world" }
    #expect(try assembly.make("hello", Role<String>("greeting")) == "hello, world")
    #expect {
      _ = try assembly.make("helo", Role<String>("greeting"))
    } throws: { "\($0)".contains("no greeting is called 'helo'; did you mean 'hello'?") }
    // One role has one type.
    #expect {
      _ = try assembly.make("hello", Role<Int>("greeting"))
    } throws: { "\($0)".contains("it is String, which is no Int") }
  }
}
