internal import TensorCore

/// How the values of images, or of rows of numbers, stand to those that a model sees.
public struct ValueScale: Codable, Sendable, Equatable {
  /// The scale that values were brought to; nil where they stayed as they were.
  public let scaling: Standardization?
  /// The least value of the training part, in the data's own unit.
  public let least: Double
  /// The greatest value of the training part, in the data's own unit.
  public let greatest: Double

  /// A scale; `least` must not be above `greatest`.
  public init(scaling: Standardization?, least: Double, greatest: Double) {
    precondition(least <= greatest, "values from \(least) to \(greatest)")
    (self.scaling, self.least, self.greatest) = (scaling, least, greatest)
  }

  /// Reads a scale.
  ///
  /// - Throws: `DecodingError` where the least is above the greatest.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    scaling = try container.decodeIfPresent(Standardization.self, forKey: .scaling)
    least = try container.decode(Double.self, forKey: .least)
    greatest = try container.decode(Double.self, forKey: .greatest)
    guard least <= greatest else {
      throw DecodingError.dataCorruptedError(
        forKey: .least, in: container, debugDescription: "the least value is above the greatest")
    }
  }
}

extension DatasetSplits<ImageDataset> {
  /// The parts in the scale that `option` asks for, and that scale; nil where all values lie in [0, 1]
  /// and stay as they are.
  ///
  /// - Throws: ``DataError`` when the data cannot be read.
  public func scaled(
    _ option: DataOptions.Scaling
  ) throws(DataError) -> (splits: DatasetSplits<ImageDataset>, scale: ValueScale?) {
    if train.source.isUnit, option != .standardize { return (self, nil) }
    let moments = try Moments(of: train, featureCount: train.featureCount)
    guard let range = moments.range else { return (self, nil) }
    let (least, greatest) = (Double(range.lowerBound), Double(range.upperBound))
    let isUnit = least >= 0 && greatest <= 1
    let values = "values run from \(shown(least)) to \(shown(greatest))"
    func scale(_ scaling: Standardization?) -> ValueScale {
      ValueScale(scaling: scaling, least: least, greatest: greatest)
    }
    switch option {
    case .automatic where isUnit, .none where isUnit: return (self, nil)
    case .none: return (self, scale(nil))
    case .automatic where moments.arePixels && !train.isRows:
      return (
        scaled(
          by: Standardization(dividingBy: 255),
          noting: "\(values), and are divided by 255 (data.scaling)."), nil
      )
    case .unit:
      let width = greatest > least ? greatest - least : 1
      let scaling = Standardization(means: [least], deviations: [width])
      return (scaled(by: scaling, noting: nil), scale(scaling))
    case .automatic, .standardize:
      let scaling = Standardization(moments)
      let what = train.isRows ? "each column is" : "they are"
      return (
        scaled(
          by: scaling,
          noting: "\(values); \(what) standardized for the model, and put back in what it makes "
            + "(data.scaling)."), scale(scaling)
      )
    }
  }

  /// The parts in the scale of a trained model, which takes values in [0, 1] where it has none.
  ///
  /// - Throws: ``DataError`` where their values are not on the scale that the model was trained on.
  public func scaled(
    as scale: ValueScale?
  ) throws(DataError) -> DatasetSplits<ImageDataset> {
    if let scaling = scale?.scaling {
      guard train.imageShape.count.isMultiple(of: scaling.means.count) else {
        throw DataError(
          .bad, train.name,
          "its examples have \(train.imageShape.count) numbers, but those of the model's scale "
            + "\(scaling.means.count).")
      }
      return scaled(by: scaling, noting: nil)
    }
    guard scale == nil else { return self }
    return try map { part throws(DataError) in
      guard !part.source.isUnit else { return part }
      let moments = try Moments(of: part, featureCount: 1)
      guard let range = moments.range, range.lowerBound < -0.05 || range.upperBound > 1.05 else {
        return part
      }
      guard moments.arePixels, !part.isRows else {
        throw DataError(
          .bad, part.name,
          "its values run from \(shown(Double(range.lowerBound))) to "
            + "\(shown(Double(range.upperBound))), but the model was trained on values in [0, 1]; "
            + "scale them as those were.")
      }
      return part.scaled(by: Standardization(dividingBy: 255), noting: nil)
    }
  }

  private func scaled(by scaling: Standardization, noting note: String?) -> Self {
    DatasetSplits(
      train: train.scaled(by: scaling, noting: note),
      validation: validation?.scaled(by: scaling, noting: nil),
      test: test?.scaled(by: scaling, noting: nil))
  }
}

extension ImageDataset {
  /// Whether examples are single rows of numbers, such as those of a table.
  public var isRows: Bool { imageShape[0] == 1 && imageShape[2] == 1 }

  /// Numbers that have a scale of their own: columns, or channels that are no colours.
  fileprivate var featureCount: Int {
    if isRows { return imageShape[1] }
    return [1, 3, 4].contains(imageShape[2]) ? 1 : imageShape[2]
  }

  fileprivate func scaled(by scaling: Standardization, noting note: String?) -> ImageDataset {
    replacing(
      ScaledSource(source: source, scaling: scaling), noting: note.map { "\(name): \($0)" })
  }
}

extension Moments {
  /// Whether values are those of pixels: whole and 0 to 255.
  fileprivate var arePixels: Bool {
    isWhole && range.map { $0.lowerBound >= 0 && $0.upperBound <= 255 } ?? false
  }
}

/// A number in a sentence.
private func shown(_ value: Double) -> String {
  if abs(value) >= 100 && abs(value) < 1e15 { return "\(Int(value.rounded()))" }
  let thousandths = Float((value * 1000).rounded() / 1000)
  let text = thousandths == 0 ? "\(Float(value))" : "\(thousandths)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
