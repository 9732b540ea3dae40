import Foundation
import VAEZoo

/// What a run of the command left behind.
struct Outcome {
  let status: Int32
  let signal: Int32?
  let output: String
  let errors: String

  /// Standard output as the JSON it must be.
  var json: ConfigurationValue { get throws { try ConfigurationValue(yaml: output) } }
}

/// A built binary, `vae` unless told otherwise, run as a child process.
struct Command {
  let process = Process()
  private let output = Pipe()
  private let errors = Pipe()

  /// The products of a build lie beside one another.
  private static func binary(_ name: String) -> URL {
    let here = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let places = [Bundle.main.bundleURL, here, Bundle.main.bundleURL.deletingLastPathComponent()]
    let found = places.map { $0.appendingPathComponent(name) }.first {
      FileManager.default.isExecutableFile(atPath: $0.path)
    }
    return found ?? here.appendingPathComponent(name)
  }

  /// A command that has not begun; `folder` is where it works, this process's own without one.
  init(
    _ arguments: [String], of name: String = "vae", shell: String? = nil, in folder: String? = nil
  ) {
    let binary = Self.binary(name)
    process.executableURL = binary
    process.arguments = arguments
    if let shell {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", shell + "; exec \"$0\" \"$@\"", binary.path] + arguments
    }
    // One thread: the models are tiny, and tests run side by side.
    var environment = ProcessInfo.processInfo.environment
    environment["OMP_NUM_THREADS"] = "1"
    process.environment = environment
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
  }

  func start() throws { try process.run() }

  /// Waits for the end; both pipes hold more than these commands ever say.
  func finish() -> Outcome {
    let errors = errors.fileHandleForReading.readDataToEndOfFile()
    let output = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let wasKilled = process.terminationReason == .uncaughtSignal
    return Outcome(
      status: wasKilled ? -1 : process.terminationStatus,
      signal: wasKilled ? process.terminationStatus : nil,
      output: String(decoding: output, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self))
  }

  /// Runs `vae` with the given words.
  static func run(_ arguments: String..., shell: String? = nil) throws -> Outcome {
    try run(arguments, shell: shell)
  }

  static func run(
    _ arguments: [String], shell: String? = nil, in folder: String? = nil
  ) throws -> Outcome {
    let command = Command(arguments, shell: shell, in: folder)
    try command.start()
    return command.finish()
  }
}

/// A folder that goes away with this object.
final class Scratch {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("vae-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: file(name))))
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    let url = URL(fileURLWithPath: file(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func holds(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

  /// Every file below a folder with its bytes.
  func contents(of name: String) throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: file(name)) {
      if let data = FileManager.default.contents(atPath: file("\(name)/\(path)")) {
        result[path] = Array(data)
      }
    }
    return result
  }
}

/// A model and a set small enough to train in a moment.
let tiny = [
  "--set", "data.limit=48", "--set", "encoder.hidden=[8]", "--set", "decoder.hidden=[8]",
  "--set", "latent=2", "--set", "trainer.batch_size=16",
]
