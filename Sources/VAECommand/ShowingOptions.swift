import ArgumentParser
import VAEZoo

/// How observations are decoded and laid out; which of it there is depends on what is observed.
struct ShowingOptions: ParsableArguments {
  @Option(help: "Pictures in a row; as many as look well without it.")
  var columns: Int?
  @Option(help: "Draws each token, the odds sharpened below 1 and flattened above.")
  var temperature: Double?
  @Option(help: "Draws each token from so many of the most probable.")
  var topK: Int?
  @Option(help: "Draws each token from the most probable that make up this share.")
  var nucleus: Double?
  @Option(help: "Searches for the most probable sequence with so many at a time.")
  var beam: Int?
  @Option(help: "Steps at most; those of the longest training example without it.")
  var maximumLength: Int?
  @Option(help: "The class of what is made, where a model knows classes; each in turn without it.")
  var label: String?
  @Option(
    name: .customLong("with"),
    help: ArgumentHelp(
      "Any option that the kind of data has, such as temperature=0.7.", valueName: "key=value"))
  var others: [String] = []

  /// The options of a run's domain.
  func showing<D: Domain>(for run: Run<D>) throws -> D.Showing {
    var tree = try ConfigurationValue(assignments: others)
    tree["columns"] = columns.map { .int($0) } ?? tree["columns"]
    tree["temperature"] = temperature.map { .double($0) } ?? tree["temperature"]
    tree["top_k"] = topK.map { .int($0) } ?? tree["top_k"]
    tree["nucleus"] = nucleus.map { .double($0) } ?? tree["nucleus"]
    tree["beam"] = beam.map { .int($0) } ?? tree["beam"]
    tree["maximum_length"] = maximumLength.map { .int($0) } ?? tree["maximum_length"]
    tree["label"] = label.map { .string($0) } ?? tree["label"]
    do {
      return try tree.options()
    } catch {
      throw Failure(64, "showing \(D.name): \(error)")
    }
  }
}
