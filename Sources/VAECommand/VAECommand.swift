internal import ArgumentParser
public import VAEZoo

/// The command of a registry: `vae`, or one of your own.
///
///     VAECommand.main("mine", .standard.adding(.mine))
public enum VAECommand {
  /// What a command is called, and what it can name.
  struct Invocation: Sendable {
    let name: String
    let registry: Registry
  }

  /// What commands see, whose types are static; it goes along with the task.
  @TaskLocal static var current = Invocation(name: "vae", registry: .standard)

  static var registry: Registry { current.registry }

  /// Reads the command line, does what it says, and leaves with the exit status that belongs to it.
  public static func main(_ name: String = "vae", _ registry: Registry = .standard) {
    $current.withValue(Invocation(name: name, registry: registry)) {
      do {
        let words = numbersJoined(Array(CommandLine.arguments.dropFirst()))
        try requireCommand(words.first)
        var command = try Root.parseAsRoot(words)
        try command.run()
      } catch {
        finish(with: error)
      }
    }
  }

  /// The words of a command line, a negative number joined to the option before it, so that it is not
  /// taken for an option itself.
  private static func numbersJoined(_ words: [String]) -> [String] {
    words.reduce(into: []) { result, word in
      let isNegative = word.hasPrefix("-") && word.dropFirst().first?.isNumber == true
      if isNegative, let last = result.last, last.hasPrefix("--"), !last.contains("=") {
        result[result.count - 1] = "\(last)=\(word)"
      } else {
        result.append(word)
      }
    }
  }

  /// Names the nearest command where the first word is none.
  private static func requireCommand(_ word: String?) throws {
    guard let word, !word.hasPrefix("-") else { return }
    let known = Root.configuration.subcommands.map { $0._commandName } + ["help"]
    guard !known.contains(word) else { return }
    throw ConfigurationError(unknown: "command", word, known: known)
  }

  /// Says what went wrong in one line, and leaves with the exit status that belongs to it.
  private static func finish(with error: any Error) -> Never {
    if let failure = Failure(error) {
      Console.error("error: \(failure.message)")
      Root.exit(withError: ExitCode(failure.status))
    }
    guard Root.exitCode(for: error) != .success, !(error is ExitCode) else {
      Root.exit(withError: error)
    }
    Console.error(
      "error: \(sentence(Root.message(for: error))); see '\(helpCommand(for: error))'")
    Root.exit(withError: ExitCode(64))
  }

  /// The help that belongs to the usage line of an error.
  private static func helpCommand(for error: any Error) -> String {
    let full = Root.fullMessage(for: error)
    guard let start = full.range(of: "See '"),
      let end = full[start.upperBound...].firstIndex(of: "'")
    else { return "\(current.name) --help" }
    return String(full[start.upperBound..<end])
  }

  /// A message in one line, without the stop at its end.
  private static func sentence(_ message: String) -> String {
    var line = message.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
    while line.hasSuffix(".") { line.removeLast() }
    return line.prefix(1).lowercased() + line.dropFirst()
  }
}

/// The command above all others.
struct Root: ParsableCommand {
  static var configuration: CommandConfiguration {
    let name = VAECommand.current.name
    return CommandConfiguration(
      commandName: name,
      abstract:
        "Train variational autoencoders; see what they learned, and use it.",
      discussion: """
        Start with:  \(name) train --data digits --preset pytorch-mnist --out runs/digits
                or:  \(name) train --data sentences --preset sentence-gru --out runs/sentences

        Exit status: 0 done, 64 wrong usage, 65 bad data, 66 missing input, 70 internal error, \
        73 cannot write, 130 stopped by Ctrl-C with the training state saved.
        """,
      subcommands: [
        Train.self, Evaluate.self, Sample.self, Reconstruct.self, Interpolate.self,
        Traverse.self, Encode.self, Embed.self, Detect.self, Restore.self, Classify.self,
        Inspect.self, Presets.self, Components.self, DatasetList.self,
      ])
  }
}

extension String {
  /// Where `other` first stands; as Foundation's, which the command does without.
  fileprivate func range(of other: String) -> Range<String.Index>? {
    indices.lazy.filter { self[$0...].hasPrefix(other) }.first.map {
      $0..<index($0, offsetBy: other.count)
    }
  }
}
