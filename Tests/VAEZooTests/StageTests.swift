import Foundation
import TensorCore
import Testing
import VAETraining

@testable import VAEZoo

// Stages as configurations write them.

private let staged = """
  latent: 3
  encoder: {name: mlp, hidden: [8]}
  decoder: {name: mlp, hidden: [8]}
  prior: {name: gaussian-mixture, components: 4}
  objective: {name: elbo, kl_weight: 2}
  data: {path: digits, limit: 40}
  trainer: {epochs: 3, batch_size: 20, optimizer: {name: adam, learning_rate: 0.01}}
  stages:
    prior: {trains: [prior], objective: {kl_weight: 1}, trainer: {epochs: 2}}
    second: {trains: [decoder]}
  """

@Suite struct StageTests {
  /// A stage's keys stand over those of the first one, and are written out whole.
  @Test func aStageSaysOnlyWhatIsOther() throws {
    let configuration = try RunConfiguration(yaml: staged)
    #expect(configuration.stages.map(\.name) == ["prior", "second"])
    let prior = try #require(configuration.stages.first)
    #expect(prior.trains == ["prior"])
    #expect(prior.objective.options["kl_weight"] == 1.0)
    #expect(configuration.objective.options["kl_weight"] == 2.0)
    #expect(prior.trainer.epochs == 2 && prior.trainer.batchSize == 20)
    #expect(prior.trainer.optimizer == configuration.trainer.optimizer)
    #expect(configuration.stages[1].trainer == configuration.trainer)
    #expect(try RunConfiguration(yaml: configuration.yaml) == configuration)
    let changed = try configuration.changed(by: ["stages": ["prior": ["trainer": ["epochs": 9]]]])
    #expect(changed.stages[0].trainer.epochs == 9 && changed.stages[0].trains == ["prior"])
  }

  /// What is of one stage is in no configuration without stages.
  @Test func aRunWithoutStagesDoesNotSpeakOfThem() throws {
    let yaml = try RunConfiguration(preset: "pytorch-mnist").yaml
    #expect(!yaml.contains("stages") && !yaml.contains("trains"))
  }

  @Test(arguments: [
    ("stages: 3", "stages: expected stages by name"),
    ("stages: {prior: 3}", "stages.prior: expected a mapping"),
    ("stages: {a/b: {}}", "a stage's name is a folder's"),
    ("stages: {prior: {trianer: {}}}", "did you mean 'stages.prior.trainer'?"),
    ("stages: {prior: {trainer: {epoch: 3}}}", "did you mean 'stages.prior.trainer.epochs'?"),
    ("stages: {prior: {objective: elob}}", "stages.prior.objective"),
    ("stages: {prior: {objective: {kl_weight: -1}}}", "stages.prior.objective.kl_weight"),
    ("trains: prior", "trains: expected a list"),
  ])
  func mistakesAreNamedByTheirPath(yaml: String, part: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try RunConfiguration(yaml: yaml) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
  }

  /// A part that trains nowhere is found before data, which is not there, is looked for.
  @Test func aPartThatIsNoneIsToldBeforeData() throws {
    let configuration = try RunConfiguration(
      yaml: "{data: {path: /no/such}, stages: {late: {trains: [priro]}}}")
    let error = #expect(throws: ConfigurationError.self) {
      try Run<ImageDomain>.begin(configuration, in: RunFolder("/no/run"), isResumed: false)
    }
    #expect(error?.path == "stages.late.trains")
    #expect(error?.description.contains("encoder, posterior, decoder") == true)
  }
}
