import Foundation
import OutsideComponent
import Points
import Testing
import VAEZoo

private let registry = Registry.standard.adding(.mine, .points)

/// Every preset can be read with these parts, and no two of them share a name.
@Test func theRegistryIsSound() { #expect(registry.problems == []) }

/// What a run of the stranger's command left behind.
private struct Outcome {
  let status: Int32
  let output: String
  let errors: String
}

private func mine(_ arguments: String...) throws -> Outcome { try mine(arguments) }

private func mine(_ arguments: [String]) throws -> Outcome {
  let process = Process()
  let here = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  let places = [Bundle.main.bundleURL, here, Bundle.main.bundleURL.deletingLastPathComponent()]
  process.executableURL = places.map { $0.appendingPathComponent("mine") }.first {
    FileManager.default.isExecutableFile(atPath: $0.path)
  }
  process.arguments = arguments
  let (output, errors) = (Pipe(), Pipe())
  (process.standardOutput, process.standardError) = (output, errors)
  try process.run()
  let words = errors.fileHandleForReading.readDataToEndOfFile()
  let result = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return Outcome(
    status: process.terminationStatus, output: String(decoding: result, as: UTF8.self),
    errors: String(decoding: words, as: UTF8.self))
}

/// A folder that goes away with this object.
private final class Scratch {
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("mine-tests-\(UUID().uuidString)").path

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Test func ownPartsAreTrainedByTheOwnCommand() throws {
  let scratch = try Scratch()
  let run = "\(scratch.path)/run"
  let trained = try mine(
    "train", "--preset", "mine", "--out", run, "--epochs", "1", "--set", "data.limit=64",
    "--set", "encoder.waves=16", "--set", "likelihood=laplace")
  #expect(trained.status == 0, "\(trained.errors)")
  #expect(trained.output.contains("see more: mine sample"))
  let inspected = try mine("inspect", run)
  for words in ["encoder     fourier", "prior       scaled-normal, 8 parameters", "laplace"] {
    #expect(inspected.output.contains(words), "\(inspected.output)")
  }
  for command in ["sample", "reconstruct", "traverse", "evaluate"] {
    let shown = try mine(command, run)
    #expect(shown.status == 0, "\(shown.errors)")
  }
  #expect(try mine("presets").output.contains("random waves, a prior of learned scales"))
  #expect(try mine("components", "fourier").output.contains("Random waves."))
}

/// No command knows of points.
@Test func anOwnKindOfDataGoesThroughEveryCommand() throws {
  let scratch = try Scratch()
  let run = "\(scratch.path)/run"
  let trained = try mine(
    "train", "--data", "ring", "--out", run, "--epochs", "1", "--set", "data.count=200")
  #expect(trained.status == 0, "\(trained.errors)")
  #expect(trained.errors.contains("ring: points, 2 numbers each"))
  let resumed = try mine("train", "--resume", "--out", run, "--epochs", "2")
  #expect(resumed.status == 0, "\(resumed.errors)")
  for words in [
    ["sample", run], ["sample", run, "--sampler", "aggregate"], ["reconstruct", run],
    ["interpolate", run], ["evaluate", run], ["inspect", run],
    ["encode", run, "--out", "\(scratch.path)/codes.csv"], ["embed", run, "--count", "50"],
    ["detect", run, "--out", "\(scratch.path)/scores.csv"],
  ] {
    let shown = try mine(words)
    #expect(shown.status == 0, "\(words): \(shown.errors)")
  }
  for name in ["curves", "codes", "samples/epoch-002", "reconstructions/epoch-002", "sample"] {
    #expect(FileManager.default.fileExists(atPath: "\(run)/\(name).png"), "\(name)")
  }
  let refused = try mine(
    "train", "--data", "ring", "--preset", "ring", "--out", "\(scratch.path)/b", "--set",
    "encoder=conv")
  #expect(refused.status == 64)
  #expect(refused.errors.contains("the encoder 'conv' is for images, not for points;"))
}
