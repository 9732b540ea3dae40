import Testing
import VAEZoo

private func names(of kind: String) -> [String] {
  Registry.standard.presets.map(\.name).filter {
    (try? RunConfiguration(preset: $0))?.data.kind == kind
  }
}

/// Every preset can be read, no two parts share a name, and every form is one that a domain has.
@Test func theRegistryIsSound() {
  #expect(Registry.standard.problems == [])
  #expect(Registry.standard.presets.count == 44)
  #expect(Registry.standard.presets.allSatisfy { !$0.source.isEmpty && !$0.summary.isEmpty })
}

@Test(arguments: names(of: "images"), [[28, 28, 1], [13, 7, 3], [64, 64, 3], [1, 1, 1]])
func presetsTakeImagesOfAnySize(name: String, shape: [Int]) throws {
  let model = try imageModel(["preset": .string(name)], shape: Shape(shape))
  var key = RandomKey(seed: 1)
  #expect(model.sample(2, using: &key).shape == Shape([2] + shape))
}

/// What a preset minimizes is a finite number for each of its players, for grey images and for colours.
@Test(arguments: names(of: "images"), [[28, 28, 1], [16, 20, 3]])
func presetsOfImagesHaveLosses(name: String, shape: [Int]) throws {
  let shape = Shape(shape)
  let model = try imageModel(["preset": .string(name)], shape: shape)
  func losses<O: Objective<Batch<Tensor>>>(_ objective: O) -> [Double] {
    objective.players.map { player in
      var context = Context.training(RandomKey(seed: 2))
      context.player = player.name
      context.enter(step: 0, of: objective)
      let x = Tensor(repeating: 0.4, shape: [3] + shape)
      return objective.loss(on: Batch(observations: x, count: 3), &context).total.value.item
    }
  }
  let options = try RunConfiguration(preset: name).objective
  #expect(try losses(objective(options, for: model)).allSatisfy(\.isFinite))
}

/// Another model over a preset takes what it has of it, and leaves the rest.
@Test func anotherModelLeavesWhatItHasNot() throws {
  let run = try RunConfiguration([
    "preset": "pytorch-mnist", "model": "generator", "objective": "gan",
  ])
  #expect(run.model.options["encoder"] == nil && run.model.options["latent"] == 20)
  #expect(run.model.options["decoder"]?["hidden"] == [400])
}

/// Penalties are changed by their names.
@Test func penaltiesAreChangedOneByOne() throws {
  let run = try RunConfiguration(preset: "wae-mmd").changed(
    by: ConfigurationValue(yaml: "objective: {penalties: {mmd: {weight: 3}, code-size: {}}}"))
  let penalties = try #require(run.objective.options["penalties"])
  #expect(penalties.entries.map(\.key) == ["squared-error", "mmd", "code-size"])
  #expect(penalties["mmd"]?["weight"]?.number == 3 && penalties["mmd"]?["scales"] != [1])
  let less = try run.changed(by: ConfigurationValue(yaml: "objective: {penalties: {mmd: null}}"))
  #expect(
    less.objective.options["penalties"]?.entries.map(\.key) == ["squared-error", "code-size"])
}

@Test(arguments: names(of: "text"))
func presetsOfTextWriteTokens(name: String) throws {
  let model = try sequenceModel(
    ["preset": .string(name)], format: .tokens(vocabularySize: 9))
  var key = RandomKey(seed: 1)
  let written = model.generate(
    from: model.samplePrior(3, using: &key), by: .greedy, maximumLength: 5, using: &key)
  #expect(written.count == 3 && written.areTokens && written.time <= 5)
}

@Test(arguments: names(of: "signals"), [1, 40])
func presetsOfSignalsGiveFrames(name: String, features: Int) throws {
  let model = try sequenceModel(
    ["preset": .string(name)], format: .frames(featureCount: features))
  var key = RandomKey(seed: 1)
  let written = model.generate(
    from: model.samplePrior(2, using: &key), by: .greedy, maximumLength: 7, using: &key)
  #expect(written.values.shape == [2, 7, features])
}

/// The parameter counts that the recipes have elsewhere, for 28x28 grey images unless said
/// otherwise.
@Test(arguments: [
  // 784*400+400 + 400*40+40 + 20*400+400 + 400*784+784: what PyTorch counts for pytorch/examples.
  ("pytorch-mnist", [28, 28, 1], 652_824),
  // The same with 500.
  ("flax-mnist", [28, 28, 1], 815_824),
  // Layer by layer as EncoderBurgess and DecoderBurgess of disentangling-vae at 1x32x32:
  // convolutions (1*32 + 2*32*32)*16+96, dense 512*256+256, 256*256+256 and 256*20+20; back
  // 10*256+256, 256*256+256, 256*512+512, (2*32*32 + 32*1)*16+65.
  ("burgess-mnist", [32, 32, 1], 469_173),
])
func presetsHaveTheirRecipesWeights(name: String, shape: [Int], count: Int) throws {
  let model = try imageModel(["preset": .string(name)], shape: Shape(shape))
  #expect(model.parameterCount == count)
}

@Test(arguments: Registry.standard.presets.map(\.name))
func configurationsSurviveTheirFile(name: String) throws {
  let run = try RunConfiguration(preset: name)
  #expect(try RunConfiguration(yaml: run.yaml) == run)
  // A file names everything, so that the preset it came from may change.
  let other = try RunConfiguration(preset: "mlp-2d")
  #expect(try other.changed(by: ConfigurationValue(yaml: run.yaml)) == run)
}

@Test func anUnknownPresetNamesTheNearest() {
  #expect {
    try Registry.standard.preset(named: "pytorch-mnit")
  } throws: { "\($0)".contains("did you mean 'pytorch-mnist'?") }
}

@Test func theRecipeOfPyTorchIsWhatItsScriptSays() throws {
  let run = try RunConfiguration(preset: "pytorch-mnist")
  #expect(run.trainer.batchSize == 128)
  #expect(run.trainer.epochs == 10)
  #expect(run.trainer.optimizer == .adam(learningRate: 1e-3))
  #expect(run.trainer.validationFraction == 0)
  #expect(run.model.options["latent"] == 20)
}
