extension Image {
  /// The pictures in a batch `[batch, height, width, channels]` of values in [0, 1].
  ///
  /// - Throws: ``PictureError`` where the observations are no images.
  public static func batch(_ observations: Tensor) throws(PictureError) -> [Image] {
    guard observations.shape.rank == 4 else {
      throw PictureError(
        "observations of shape \(observations.shape.dropFirst()) are no images [height, width, "
          + "channels]")
    }
    return batch(
      observations.floats, height: observations.shape[1], width: observations.shape[2],
      channels: observations.shape[3])
  }
}

/// Observations that cannot be shown as pictures.
public struct PictureError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was asked for and what is there.
  public let description: String

  init(_ description: String) { self.description = description }
}

// MARK: - What codes stand for, in sheets

extension ImageSheet {
  /// A row for each of `dimensions`, along which one code runs from -`reach` to `reach` while the
  /// others stay at `start`.
  ///
  /// - Parameters:
  ///   - start: Where the codes stay, `[latentCount]` numbers.
  ///   - dimensions: The codes that run, counted from 0.
  ///   - reach: How far they run.
  ///   - columns: Values of each code.
  ///   - title: What stands above.
  ///   - pictures: The pictures that codes `[count, latentCount]` stand for.
  /// - Returns: The sheet, to change further or to draw.
  /// - Throws: What `pictures` throws.
  public static func traversal(
    from start: [Float], dimensions: [Int], reach: Double = 3, columns: Int = 11,
    title: String? = nil, pictures: (Tensor) throws(PictureError) -> [Image]
  ) throws(PictureError) -> ImageSheet {
    let values = steps(from: -reach, to: reach, count: columns)
    let rows = try dimensions.map { dimension throws(PictureError) in
      var codes: [Float] = []
      for value in values {
        var code = start
        code[dimension] = Float(value)
        codes += code
      }
      return try pictures(Tensor(codes, shape: [values.count, start.count]))
    }
    return traversal(
      rows, rowLabels: dimensions.map { "code \($0 + 1)" }, columnLabels: values.map(label),
      title: title)
  }

  /// What every place of a plane of two codes stands for; the first code runs to the right, the
  /// second upwards.
  public static func manifold(
    side: Int = 21, reach: Double = 2.5, title: String? = nil,
    pictures: (Tensor) throws(PictureError) -> [Image]
  ) throws(PictureError) -> ImageSheet {
    let across = steps(from: -reach, to: reach, count: side)
    let rows = try across.reversed().map { second throws(PictureError) in
      let codes = across.flatMap { [Float($0), Float(second)] }
      return try pictures(Tensor(codes, shape: [side, 2]))
    }
    return manifold(
      rows, across: across.map { Float($0) }, down: across.reversed().map { Float($0) },
      title: title)
  }

  /// `count` values at equal distances, both ends included.
  private static func steps(from first: Double, to last: Double, count: Int) -> [Double] {
    guard count > 1 else { return [(first + last) / 2] }
    return (0..<count).map { first + (last - first) * Double($0) / Double(count - 1) }
  }

  private static func label(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    return tenths == 0 ? "0" : tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
  }

  /// Draws the sheet and writes it as PNG.
  ///
  /// - Throws: `PNGError` where the file cannot be written.
  public func writePNG(to path: String) throws(PNGError) { try rendered().writePNG(to: path) }
}

extension LatentModel where Observation == Tensor {
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

  /// A row for each code, which runs along it while the others stay at 0.
  public func traversalSheet(
    reach: Double = 3, columns: Int = 11, title: String? = nil
  ) throws(PictureError) -> ImageSheet {
    try ImageSheet.traversal(
      from: Array(repeating: 0, count: latentCount), dimensions: Array(0..<latentCount),
      reach: reach, columns: columns, title: title
    ) { codes throws(PictureError) in try images(from: codes) }
  }

  private func images(from codes: Tensor) throws(PictureError) -> [Image] {
    try Image.batch(observations(from: codes))
  }
}
