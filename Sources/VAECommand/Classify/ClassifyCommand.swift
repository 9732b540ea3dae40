import ArgumentParser
import VAEZoo

/// `vae classify`.
struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a classifier on what a model makes of labelled data, measure it and use it.",
    subcommands: [ClassifyTrain.self, ClassifyEvaluate.self, ClassifyPredict.self])
}

/// A trained classifier that a command reads.
struct ClassifierArgument: ParsableArguments {
  @Argument(help: "The classifier's folder.")
  var classifier: String

  /// The classifier with its weights, and its run's model's.
  fileprivate func load<D: Domain>(
    _ configuration: ClassifierConfiguration, for run: Run<D>
  ) throws -> Classifier<D> {
    let result: Classifier<D>
    do {
      result = try Classifier(configuration, for: run)
    } catch {
      throw Failure(65, "\(ClassifierFolder(classifier).configuration): \(error)")
    }
    try result.loadWeights(from: ClassifierFolder(classifier))
    return result
  }
}

/// A command about a trained classifier, whatever is observed.
protocol ClassifierCommand: ParsableCommand {
  var source: ClassifierArgument { get }
  func act<D: Domain>(with classifier: Classifier<D>) throws
}

extension ClassifierCommand {
  /// Opens the classifier with its run, whose model it keeps a copy of.
  func run() throws {
    let (folder, registry) = (ClassifierFolder(source.classifier), VAECommand.registry)
    let configuration = try folder.readConfiguration()
    let own = try RunConfiguration(in: folder.run, registry: registry)
    func open<D: Domain>(_ domain: D.Type) throws {
      let run = try Run<D>(own, in: folder.run, registry: registry)
      try act(with: source.load(configuration, for: run))
    }
    try open(registry.domain(own.data.kind))
  }
}

/// How many of the most probable classes count.
struct TopOption: ParsableArguments {
  @Option(help: "How many of the most probable classes count.")
  var top: Int?

  func validate() throws {
    try top.map { try requireCount($0, "--top", limit: 1_000_000) }
  }

  /// As many as asked for, or `count`, as far as there are so many classes.
  func count(or count: Int, of classes: Int) -> Int { min(top ?? count, classes) }
}
