import VAEZoo

/// What was measured of a classifier, for a person and for a program.
struct ClassifierReport {
  let metrics: ClassificationMetrics
  let classes: [String]
  let top: TopOption
  let split: String
  let data: String
  let folder: ClassifierFolder
  var comparison: ClassifierComparison?

  private var topCount: Int { top.count(or: 3, of: classes.count) }

  var json: ConfigurationValue {
    let confusion = metrics.confusion
    let figures = zip(
      zip(confusion.precision, confusion.recall), zip(confusion.f1, confusion.support))
    var result: ConfigurationValue = [
      "classifier": .string(folder.path), "data": .string(data), "split": .string(split),
      "examples": .int(confusion.exampleCount), "accuracy": .double(metrics.accuracy),
      "top": .int(topCount), "top_accuracy": .double(metrics.topAccuracy(topCount)),
      "negative_log_likelihood": .double(metrics.negativeLogLikelihood),
      "calibration_error": .double(metrics.calibrationError),
      "classes": .list(
        zip(classes, figures).map { name, figures in
          [
            "name": .string(name), "precision": .double(figures.0.0),
            "recall": .double(figures.0.1), "f1": .double(figures.1.0),
            "examples": .int(figures.1.1),
          ]
        }),
      "confusion": .list(confusion.counts.map { .list($0.map { .int($0) }) }),
    ]
    result["comparison"] = comparison.map { comparison in
      .list(
        comparison.rows.map {
          [
            "labels": .int($0.labels), "head": .double($0.head),
            "logistic_regression": .double($0.raw), "nearest_codes": .double($0.neighbours),
            "untrained_model": .double($0.untrained),
          ]
        })
    }
    return result
  }

  var text: String {
    let confusion = metrics.confusion
    var lines = [
      Text.table([
        ["examples", "\(Text.count(confusion.exampleCount)) (\(Text.part(split, of: data)))"],
        ["accuracy", Self.percent(metrics.accuracy)],
        ["among the top \(topCount)", Self.percent(metrics.topAccuracy(topCount))],
        ["negative log likelihood", "\(Text.fixed(metrics.negativeLogLikelihood, 3)) nats"],
        ["calibration error", Text.fixed(metrics.calibrationError, 3)],
      ])
    ]
    // More classes than a screen has lines are for the report's reader.
    if classes.count <= 40 {
      lines.append(
        Text.table(
          [["class", "precision", "recall", "f1", "examples"]]
            + classes.indices.map {
              [
                classes[$0], Self.percent(confusion.precision[$0]),
                Self.percent(confusion.recall[$0]), Self.percent(confusion.f1[$0]),
                Text.count(confusion.support[$0]),
              ]
            }))
    }
    if let comparison {
      lines.append(
        Text.table(
          [["labels", "head", "logistic regression", "nearest codes", "untrained model"]]
            + comparison.rows.map {
              [Text.count($0.labels)]
                + [$0.head, $0.raw, $0.neighbours, $0.untrained].map(Self.percent)
            }))
    }
    return lines.joined(separator: "\n\n")
  }

  /// How often examples of each class were given each class.
  var confusionPlot: Image {
    ConfusionMatrixPlot(
      metrics.confusion.counts, classNames: classes, title: "Classes, true and given",
      subtitle: "\(Text.part(split, of: data)), accuracy \(Self.percent(metrics.accuracy))"
    ).rendered()
  }

  private static func percent(_ share: Double) -> String { "\(Text.fixed(100 * share, 1)) %" }
}
