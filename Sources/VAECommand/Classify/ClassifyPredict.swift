import ArgumentParser
import VAEZoo

/// `vae classify predict`.
struct ClassifyPredict: ClassifierCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Write the class of each example of data, which needs no labels, as a CSV.",
    discussion: """
      A line an example: index, its place counted from 0, file, where examples are files of a \
      folder, its most probable class and the probability. With --top more classes follow, the \
      most probable first.
      """)

  @OptionGroup var source: ClassifierArgument
  @OptionGroup var data: DataArguments
  @Option(help: "The file.")
  var out: String
  @OptionGroup var top: TopOption
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  func validate() throws { try requireEnding(out, ["csv"], of: "a table of classes") }

  func act<D: Domain>(with classifier: Classifier<D>) throws {
    compute.apply()
    let (data, name, part) = try data.open(for: classifier.run)
    let logits = try classifier.logits(of: data.batches(of: part))
    let classes = classifier.configuration.classes
    let shown = top.count(or: 1, of: classes.count)
    let names = classes.map(Text.csvField)
    let probabilities = Variable(logits).softmax(along: 1).value.floats
    let header = (1...shown).flatMap {
      $0 == 1 ? ["class", "probability"] : ["class_\($0)", "probability_\($0)"]
    }
    let columns = ExampleColumns(of: part)
    var lines = [(columns.names + header).joined(separator: ",")]
    for example in 0..<logits.shape[0] {
      let row = Array(probabilities[(example * classes.count)..<((example + 1) * classes.count)])
      let best = row.indices.sorted { (row[$0], $1) > (row[$1], $0) }.prefix(shown)
      lines.append(
        (columns.fields(of: example, in: part)
          + best.flatMap { [names[$0], "\(row[$0])"] }).joined(separator: ","))
    }
    try replaceFile(out, with: lines)
    if output.json {
      let result: ConfigurationValue = [
        "classifier": .string(source.classifier), "data": .string(part.name),
        "split": .string(name), "examples": .int(logits.shape[0]), "file": .string(out),
      ]
      Console.print(result.json)
    } else if !output.quiet {
      Console.print(
        "wrote \(out), the classes of \(Text.count(logits.shape[0])) examples "
          + "(\(Text.part(name, of: part.name)))")
    }
  }
}
