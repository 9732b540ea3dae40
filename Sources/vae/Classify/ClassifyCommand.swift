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

  /// What decides the classifier, and its run, whose weights are loaded with the head's.
  func open() throws -> (configuration: ClassifierConfiguration, run: any Run) {
    let folder = ClassifierFolder(classifier)
    return (try folder.readConfiguration(), try folder.openRun())
  }

  /// The classifier with its weights.
  func load<R: Run>(
    _ configuration: ClassifierConfiguration, for run: R
  ) throws -> Classifier<R> {
    let result: Classifier<R>
    do {
      result = try Classifier(configuration, for: run)
    } catch {
      throw Failure(65, "\(ClassifierFolder(classifier).configuration): \(error)")
    }
    try result.loadWeights(from: ClassifierFolder(classifier))
    return result
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
