import Foundation
import Testing
import VAEZoo

/// A generator is trained, shown and resumed; what it has none of is refused in a sentence.
@Test func generatorsOnlyWrite() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let words = ["--preset", "gan-mlp", "--set", "data.limit=300", "--set", "latent=5"]
  let trained = try Command.run(
    ["train", "--data", "digits", "--epochs", "2", "--out", run] + words)
  #expect(trained.status == 0, "\(trained.errors)")
  #expect(!trained.output.contains("nats an example"))
  #expect(scratch.holds("run/samples/epoch-002.png"))
  #expect(!scratch.holds("run/reconstructions/epoch-002.png"))
  #expect(try Command.run(["sample", run, "--count", "4"]).status == 0)
  #expect(try Command.run(["traverse", run]).status == 0)
  for command in ["reconstruct", "evaluate", "encode", "interpolate", "embed"] {
    let out = command == "encode" ? ["--out", scratch.file("codes.csv")] : []
    expectRefusal(
      try Command.run([command, run] + out), 64, "its model, generator, infers no codes of data")
  }
}

/// What has no density reports no likelihood, and says so where one is asked for.
@Test func noLikelihoodIsReportedWhereThereIsNone() throws {
  let scratch = try Scratch()
  let run = scratch.file("run")
  let trained = try Command.run([
    "train", "--data", "digits", "--preset", "log-cosh-vae", "--set", "data.limit=200", "--epochs",
    "1", "--out", run, "--json", "--quiet",
  ])
  #expect(trained.status == 0, "\(trained.errors)")
  #expect(trained.output.contains("\"log_cosh\""))
  #expect(!trained.output.contains("\"reconstruction\"") && !trained.output.contains("\"elbo\""))
  let evaluated = try Command.run(["evaluate", run])
  #expect(evaluated.status == 0 && !evaluated.output.contains("elbo"), "\(evaluated.errors)")
  expectRefusal(
    try Command.run(["evaluate", run, "--importance-samples", "5"]), 64,
    "--importance-samples needs the density of observations")
  expectRefusal(
    try Command.run(["detect", run, "--out", scratch.file("scores.csv")]), 64,
    "needs the density of observations")
}

/// Images are compared by what a trained run sees, and by nothing of another size.
@Test func featuresOfARunCompareImages() throws {
  let scratch = try Scratch()
  let (eye, run) = (scratch.file("eye"), scratch.file("run"))
  let small = ["--set", "data.limit=200", "--epochs", "1"]
  let seen = try Command.run(
    ["train", "--data", "digits", "--preset", "conv-28", "--out", eye] + small)
  #expect(seen.status == 0, "\(seen.errors)")
  func train(_ more: [String]) throws -> Outcome {
    try Command.run(
      [
        "train", "--data", "digits", "--preset", "log-cosh-vae", "--out", run, "--set",
        "objective.penalties={features: {from: \(eye)}}",
      ] + small + more)
  }
  expectRefusal(
    try train(["--size", "32"]), 64,
    "the network looks at observations [28, 28, 1], but the model makes [32, 32, 1]")
  #expect(!scratch.holds("run"))
  let trained = try train([])
  #expect(trained.status == 0 && trained.output.contains("feature_distance"), "\(trained.errors)")
}
