extension Image {
  /// The pictures in a batch `[batch, height, width, channels]` of values in [0, 1].
  ///
  /// - Throws: ``PictureError`` where the observations are no images.
  public static func batch(_ observations: Tensor) throws(PictureError) -> [Image] {
    guard observations.shape.rank == 4 else {
      throw PictureError(observationShape: observations.shape.dropFirst())
    }
    return batch(
      observations.floats, height: observations.shape[1], width: observations.shape[2],
      channels: observations.shape[3])
  }
}

/// Observations that cannot be shown as pictures.
public struct PictureError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The shape of one observation.
  public let observationShape: Shape

  /// What was asked for and what is there.
  public var description: String {
    "observations of shape \(observationShape) are no images [height, width, channels]"
  }
}

extension VariationalAutoencoder where Observation == Tensor {
  /// The images that `codes` `[batch, latentCount]` stand for, in a square sheet.
  public func sampleSheet(
    codes: Tensor, columns: Int? = nil, title: String? = nil
  ) throws(PictureError) -> ImageSheet {
    ImageSheet.contact(try images(from: codes), columns: columns, title: title)
  }

  /// Originals, and under each what the model makes of it through the posterior's mean.
  public func reconstructionSheet(
    _ originals: Tensor, columns: Int = 25, title: String? = nil
  ) throws(PictureError) -> ImageSheet {
    ImageSheet.comparison(
      originals: try Image.batch(originals),
      reconstructions: try images(from: codes(of: originals)),
      columns: columns, title: title)
  }

  /// A row for each of `dimensions`, along which one code runs from -`reach` to `reach` while the
  /// others stay at `start`.
  public func traversalSheet(
    from start: Tensor? = nil, dimensions: [Int]? = nil, reach: Double = 3, columns: Int = 11,
    title: String? = nil
  ) throws(PictureError) -> ImageSheet {
    let origin = start?.floats ?? Array(repeating: 0, count: latentCount)
    let values = ImageSheet.steps(from: -reach, to: reach, count: columns)
    let chosen = dimensions ?? Array(0..<latentCount)
    let rows = try chosen.map { dimension throws(PictureError) in
      var codes: [Float] = []
      for value in values {
        var code = origin
        code[dimension] = Float(value)
        codes += code
      }
      return try images(from: Tensor(codes, shape: [values.count, latentCount]))
    }
    return ImageSheet.traversal(
      rows, rowLabels: chosen.map { "code \($0 + 1)" },
      columnLabels: values.map(ImageSheet.label), title: title)
  }

  /// What every place of a plane of two codes stands for; the first code runs to the right, the
  /// second upwards.
  ///
  /// The model must have two latent dimensions.
  public func manifoldSheet(
    side: Int = 21, reach: Double = 2.5, title: String? = nil
  ) throws(PictureError) -> ImageSheet {
    precondition(latentCount == 2, "a manifold shows 2 codes, the model has \(latentCount)")
    let across = ImageSheet.steps(from: -reach, to: reach, count: side)
    let rows = try across.reversed().map { second throws(PictureError) in
      let codes = across.flatMap { [Float($0), Float(second)] }
      return try images(from: Tensor(codes, shape: [side, 2]))
    }
    return ImageSheet.manifold(
      rows, across: across.map { Float($0) }, down: across.reversed().map { Float($0) },
      title: title)
  }

  private func images(from codes: Tensor) throws(PictureError) -> [Image] {
    try Image.batch(observations(from: codes))
  }
}

extension ImageSheet {
  /// `count` values at equal distances, both ends included.
  fileprivate static func steps(from first: Double, to last: Double, count: Int) -> [Double] {
    guard count > 1 else { return [(first + last) / 2] }
    return (0..<count).map { first + (last - first) * Double($0) / Double(count - 1) }
  }

  fileprivate static func label(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    return tenths == 0 ? "0" : tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
  }

  /// Draws the sheet and writes it as PNG.
  ///
  /// - Throws: `PNGError` where the file cannot be written.
  public func writePNG(to path: String) throws(PNGError) { try rendered().writePNG(to: path) }
}
