import Testing
import VAECore
import VAETraining

@testable import VAEZoo

// `--set` means what it says, in whatever order it is said.

@Suite struct AssignmentTests {
  private func configuration(_ changes: [String]) throws -> RunConfiguration {
    try RunConfiguration(preset: "pytorch-mnist")
      .changed(by: ConfigurationValue(assignments: changes))
  }

  @Test(arguments: [
    ["likelihood=gaussian", "likelihood.sigma=0.5"],
    ["likelihood.sigma=0.5", "likelihood=gaussian"],
    ["likelihood={name: gaussian, sigma: 0.5}"],
    ["likelihood.name=gaussian", "likelihood.sigma=0.5"],
  ])
  func aLikelihoodIsTheOneThatIsNamed(changes: [String]) throws {
    let likelihood = try #require(try configuration(changes).model.options["likelihood"])
    #expect(likelihood["name"] == "gaussian" && likelihood["sigma"] == 0.5)
  }

  @Test(arguments: [
    ["encoder=residual-mlp", "encoder.hidden=[50]"],
    ["encoder.hidden=[50]", "encoder=residual-mlp"],
  ])
  func anEncoderIsTheOneThatIsNamed(changes: [String]) throws {
    let encoder = try #require(try configuration(changes).model.options["encoder"])
    #expect(encoder["name"] == "residual-mlp" && encoder["hidden"] == [50])
  }

  /// Over the name that stands there already, options stay.
  @Test func theSameNameKeepsWhatWasSaid() throws {
    let encoder = try configuration(["encoder=mlp"]).model.options["encoder"]
    #expect(encoder?["hidden"] == [400])
  }

  @Test func aWordIsTheNameOfOptimizersAndSchedulesToo() throws {
    let trainer = try configuration(
      ["trainer.optimizer=sgd", "trainer.optimizer.momentum=0.9", "trainer.schedule=cosine"]
    ).trainer
    #expect(trainer.optimizer.name == .sgd && trainer.optimizer.momentum == 0.9)
    #expect(trainer.schedule.name == .cosine)
    let swapped = try configuration(["trainer.optimizer.momentum=0.9", "trainer.optimizer=sgd"])
    #expect(swapped.trainer.optimizer.momentum == 0.9)
  }

  @Test(arguments: [
    ["data=sprites", "data.limit=3"], ["data.limit=3", "data=sprites"],
    ["data.path=sprites", "data.limit=3"],
  ])
  func ofDataAWordIsThePath(changes: [String]) throws {
    let data = try configuration(changes).data
    #expect(data.path == "sprites" && data.limit == 3)
    #expect(try RunConfiguration(yaml: "data: sprites").data.path == "sprites")
    #expect(
      try RunConfiguration(yaml: "{preset: burgess-mnist, data: sprites}").data.path == "sprites")
  }
}
