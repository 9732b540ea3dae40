import Foundation
import Testing
import VAEZoo

/// Runs that were written before a configuration named its model; see `Fixtures/README.md`.
private func fixture(_ name: String, in scratch: Scratch) throws -> String {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures/\(name)")
  try FileManager.default.copyItem(atPath: folder.path, toPath: scratch.file(name))
  return scratch.file(name)
}

@Suite struct OldRunTests {
  @Test(arguments: ["images", "text", "signals"])
  func runsOfBeforeAreSampledAndReconstructed(name: String) throws {
    let scratch = try Scratch()
    let run = try fixture(name, in: scratch)
    for command in ["sample", "reconstruct"] {
      let shown = try Command.run(command, run, "--count", "3")
      #expect(shown.status == 0 && !shown.output.isEmpty, "\(shown.errors)")
    }
    let inspected = try Command.run("inspect", run, "--json").json
    #expect(inspected["configuration"]?["model"] == "vae")
    #expect(inspected["model"] == "vae")
  }

  /// The figures that the command of before printed for the same weights.
  @Test(arguments: [("images", -63.219983), ("signals", -176.283002)])
  func figuresAreThoseOfBefore(name: String, elbo: Double) throws {
    let scratch = try Scratch()
    let found = try Command.run("evaluate", try fixture(name, in: scratch), "--json")
    #expect(found.status == 0, "\(found.errors)")
    #expect(abs(try #require(found.json["elbo"]?.number) - elbo) < 1e-3)
  }

  /// The first weights of a seed are what they were, and so is everything that follows from them.
  @Test(arguments: ["images", "text", "signals"])
  func aConfigurationOfBeforeRepeatsItsRun(name: String) throws {
    let scratch = try Scratch()
    let run = try fixture(name, in: scratch)
    let again = try Command.run(
      "train", "--config", "\(run)/config.yaml", "--out", scratch.file("again"), "--quiet")
    #expect(again.status == 0, "\(again.errors)")
    let (old, new) = (
      try RunFolder(run).readMetrics(), try RunFolder(scratch.file("again")).readMetrics()
    )
    #expect(old.count == new.count)
    for (old, new) in zip(old, new) {
      #expect(old.split == new.split)
      // Validation has noise of its own since then: what depends on no noise is what it was.
      let (before, after) =
        old.split == .validation ? (old["kl"], new["kl"]) : (old.loss, new.loss)
      #expect(abs((before ?? .nan) - (after ?? .nan)) < 1e-3, "\(old.split)")
    }
  }
}
