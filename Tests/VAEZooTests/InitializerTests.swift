import Testing
import VAEZoo

/// What an initializer does not draw: tokens' vectors, places, a query, and what normalizes.
private let others = ["embedding.", "positions.", "query", "norm"]

/// The parameters of encoder, posterior and decoder that initializers draw.
private func drawn(_ model: some Module) -> [(name: String, parameter: Parameter)] {
  model.namedParameters.filter { name, parameter in
    parameter.isTrainable && !others.contains { name.contains($0) }
      && ["encoder", "posterior", "decoder"].contains { name.hasPrefix($0) }
  }
}

private func names(_ role: String, _ observed: Observed) -> [String] {
  Registry.standard.components.filter { $0.role == role && $0.fits(observed) }.map(\.name)
}

private func part(_ name: String, _ initializer: String) -> ConfigurationValue {
  ["name": .string(name), "initializer": .string(initializer)]
}

@Suite struct InitializerTests {
  /// Zeros in every weight and bias: each is drawn as the option says.
  @Test(arguments: ["mlp", "residual-mlp", "conv", "residual-conv"])
  func networksOfImagesStartAsTheyAreTold(name: String) throws {
    let model = try imageModel(
      [
        "encoder": part(name, "zeros"), "decoder": part(name, "zeros"),
        "posterior": part("diagonal-gaussian", "zeros"),
      ], shape: [8, 8, 1])
    let drawn = drawn(model)
    #expect(drawn.count > 6)
    for (name, parameter) in drawn {
      #expect(parameter.value == .zeros(parameter.value.shape), "\(name)")
    }
  }

  @Test(arguments: ["gru", "lstm", "transformer"], [true, false])
  func networksOfSequencesStartAsTheyAreTold(name: String, isText: Bool) throws {
    let model = try sequenceModel(
      [
        "encoder": part(name, "zeros"), "decoder": part(name, "zeros"),
        "posterior": part("diagonal-gaussian", "zeros"),
        "likelihood": isText ? "categorical" : "gaussian",
      ], format: isText ? .tokens(vocabularySize: 9) : .frames(featureCount: 3))
    let drawn = drawn(model)
    #expect(drawn.count > 6)
    for (name, parameter) in drawn {
      #expect(parameter.value == .zeros(parameter.value.shape), "\(name)")
    }
  }

  /// No part of a network is left out above.
  @Test func everyNetworkHasTheOption() {
    for role in ["encoder", "decoder"] {
      let known = names(role, ImageDomain.observed) + names(role, TextDomain.observed)
      #expect(
        Set(known) == [
          "mlp", "residual-mlp", "conv", "residual-conv", "gru", "lstm", "transformer",
        ])
    }
  }

  /// A weight's fan-in is what follows its first axis, also in a transposed convolution; biases stay as
  /// PyTorch's layers draw them.
  @Test func theWeightsOfBurgessStartAsInItsSource() throws {
    let model = try imageModel(["preset": "burgess-mnist"], shape: [32, 32, 1])
    let drawn = drawn(model)
    #expect(drawn.count == 24)
    for (weight, bias) in zip(drawn, drawn.dropFirst()) where weight.name.hasSuffix("weight") {
      let shape = weight.parameter.value.shape
      let unit = (Double(shape[0]) / Double(shape.count)).squareRoot()
      for (parameter, limit) in [(weight.parameter, 6.squareRoot() * unit), (bias.parameter, unit)]
      {
        let largest = parameter.value.doubles.reduce(0) { max($0, abs($1)) }
        #expect(largest <= 1.000001 * limit, "\(weight.name)")
        if parameter.value.shape.count > 100 { #expect(largest > 0.95 * limit, "\(weight.name)") }
      }
    }
  }

  /// An old configuration names no initializer: its dense and recurrent networks start as they did.
  @Test(arguments: ["mlp", "gru"])
  func whoNamesNoneGetsPyTorchs(name: String) throws {
    for role in ["encoder", "decoder"] {
      let part = Registry.standard.components.first { $0.role == role && $0.name == name }
      let setting = part?.settings.first { $0.key == "initializer" }
      #expect(setting?.value == "pytorch")
    }
  }
}
