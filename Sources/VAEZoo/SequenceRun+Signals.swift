extension SequenceRun {
  /// A picture of generated signals, in the unit of the data.
  public func picture(of signals: Sequences, title: String, subtitle: String? = nil) -> Image {
    sheet([("", inUnits(signals))], title: title, subtitle: subtitle)
  }

  /// A picture of signals and of what the model tells of each from the posterior's mean alone.
  public func picture(
    ofReconstructed signals: Sequences, title: String, subtitle: String? = nil
  ) -> Image {
    var key = configuration.key(.pictures)
    let told = model.generate(
      from: model.codes(of: signals), by: .greedy, maximumLength: signals.time, using: &key)
    let reconstructions = Sequences(values: told.values, lengths: signals.lengths)
    return sheet(
      [("original", inUnits(signals)), ("reconstruction", inUnits(reconstructions))],
      title: title, subtitle: subtitle)
  }

  private func inUnits(_ signals: Sequences) -> Sequences { scaling?.invert(signals) ?? signals }

  /// Lines of a few features, or the frames of many side by side.
  private func sheet(
    _ states: [(label: String, signals: Sequences)], title: String, subtitle: String?
  ) -> Image {
    var sheet =
      model.stepShape[0] <= 4
      ? ImageSheet.contact(Self.plots(states), columns: 3, title: title)
      : ImageSheet.comparison(
        states.map { ($0.label, Self.frames($0.signals)) }, columns: 6, title: title)
    sheet.subtitle = subtitle
    return sheet.rendered()
  }

  /// A plot an example, with a line for each feature of each state.
  private static func plots(_ states: [(label: String, signals: Sequences)]) -> [Image] {
    let features = states[0].signals.values.shape[2]
    return (0..<states[0].signals.count).map { row in
      let lines = states.flatMap { label, signals in
        let values = signals.rows(row..<(row + 1)).values.doubles
        return (0..<features).map { feature in
          LinePlot.Series(
            features > 1 ? "\(label) \(feature + 1)" : label,
            stride(from: feature, to: values.count, by: features).map { values[$0] })
        }
      }
      var plot = LinePlot(lines, xLabel: "step", yLabel: "")
      (plot.width, plot.height) = (420, 260)
      return plot.rendered()
    }
  }

  /// A picture an example: steps to the right, features upwards, bright where they are high.
  private static func frames(_ signals: Sequences) -> [Image] {
    let features = signals.values.shape[2]
    let range = signals.values.range ?? 0...1
    let reach = max(range.upperBound - range.lowerBound, 1e-9)
    return (0..<signals.count).map { row in
      let own = signals.rows(row..<(row + 1))
      let upright = own.values.transposed([0, 2, 1]).floats
      let flipped = (0..<features).reversed().flatMap { feature in
        upright[(feature * own.time)..<((feature + 1) * own.time)]
          .map { Float((Double($0) - range.lowerBound) / reach) }
      }
      return Image(values: flipped, height: features, width: own.time, channels: 1)
    }
  }
}
