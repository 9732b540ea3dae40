import ArgumentParser
import VAEZoo

/// `vae classify evaluate`.
struct ClassifyEvaluate: ClassifierCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure a classifier on labelled data.")

  @OptionGroup var source: ClassifierArgument
  @OptionGroup var data: DataArguments
  @OptionGroup var top: TopOption
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  func act<D: Domain>(with classifier: Classifier<D>) throws {
    compute.apply()
    let configuration = classifier.configuration
    let (data, name, part) = try data.open(for: classifier.run)
    let metrics = ClassificationMetrics(
      logits: try classifier.logits(of: data.batches(of: part)),
      labels: try configuration.labels(of: part))
    let report = ClassifierReport(
      metrics: metrics, classes: configuration.classes, top: top, split: name, data: part.name,
      folder: ClassifierFolder(source.classifier))
    Console.print(output.json ? report.json.json : report.text)
  }
}
