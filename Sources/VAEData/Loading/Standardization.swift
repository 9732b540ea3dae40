public import TensorCore
public import VAECore

/// The scale that numbers were brought to: each feature less its mean, divided by its deviation.
///
/// A run keeps it, so that what the model sees later has the scale of what it was trained on, and
/// what it makes can be read in the data's own units.
public struct Standardization: Codable, Sendable, Equatable {
  /// The mean of each feature.
  public let means: [Double]
  /// The standard deviation of each feature, above 0.
  public let deviations: [Double]

  /// A scale of as many means as deviations, all finite and these above 0.
  public init(means: [Double], deviations: [Double]) {
    precondition(
      Self.isSound(means, deviations), "means \(means) and deviations \(deviations) are no scale")
    self.means = means
    self.deviations = deviations
  }

  /// Values that are divided by a number alone, such as bytes by 255.
  public init(dividingBy divisor: Double) { self.init(means: [0], deviations: [divisor]) }

  /// The population means and deviations of what is measured; a constant feature keeps its size.
  init(_ moments: Moments) {
    means = moments.means
    deviations = zip(moments.squares, moments.means).map { square, mean in
      let deviation = (square / max(1, moments.count)).squareRoot()
      // Below the rounding of float32 there is nothing but noise.
      return deviation > 1e-7 * abs(mean) ? deviation : 1
    }
  }

  /// Reads a scale.
  ///
  /// - Throws: `DecodingError` where means and deviations are no scale.
  public init(from decoder: any Swift.Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    means = try container.decode([Double].self, forKey: .means)
    deviations = try container.decode([Double].self, forKey: .deviations)
    guard Self.isSound(means, deviations) else {
      throw DecodingError.dataCorruptedError(
        forKey: .deviations, in: container,
        debugDescription: "a scale has as many means as deviations, and these above 0")
    }
  }

  private static func isSound(_ means: [Double], _ deviations: [Double]) -> Bool {
    means.count == deviations.count && means.allSatisfy(\.isFinite)
      && deviations.allSatisfy { $0.isFinite && $0 > 0 }
  }

  /// Frames in this scale, from the data's own; padding stays zero.
  public func apply(_ frames: Sequences) -> Sequences { changed(frames) { applied($0, $1) } }

  /// Frames in the data's own units, from this scale; padding stays zero.
  public func invert(_ frames: Sequences) -> Sequences { changed(frames) { inverted($0, $1) } }

  /// Rows of numbers, whose last axis goes through the features again and again, in the data's own
  /// units.
  public func invert(_ rows: Tensor) -> Tensor {
    var values = rows
    values.withUnsafeMutableBytes { bytes in
      let values = bytes.bindMemory(to: Float.self)
      for place in values.indices { values[place] = inverted(values[place], place % means.count) }
    }
    return values
  }

  /// Brings numbers to this scale where they are.
  func apply(_ values: UnsafeMutableBufferPointer<Float>) {
    for place in values.indices { values[place] = applied(values[place], place % means.count) }
  }

  private func applied(_ value: Float, _ feature: Int) -> Float {
    Float((Double(value) - means[feature]) / deviations[feature])
  }

  private func inverted(_ value: Float, _ feature: Int) -> Float {
    Float(Double(value) * deviations[feature] + means[feature])
  }

  private func changed(_ frames: Sequences, _ change: (Float, Int) -> Float) -> Sequences {
    let count = frames.values.shape[-1]
    precondition(
      count == means.count, "frames of \(count) features, and a scale of \(means.count)")
    var values = frames.values
    values.withUnsafeMutableBytes { bytes in
      let values = bytes.bindMemory(to: Float.self)
      for (row, length) in frames.lengths.enumerated() {
        let first = row * frames.time * count
        for place in 0..<(length * count) {
          values[first + place] = change(values[first + place], place % count)
        }
      }
    }
    return Sequences(values: values, lengths: frames.lengths)
  }
}

/// What is known of numbers once they have all been seen: of each feature the mean and the sum of the
/// squared distances from it.
struct Moments {
  private(set) var means: [Double]
  private(set) var squares: [Double]
  /// Numbers seen of each feature.
  private(set) var count = 0.0
  /// The least and the greatest number.
  private(set) var range: ClosedRange<Float>?
  /// Whether all numbers are whole.
  private(set) var isWhole = true

  init(featureCount: Int) {
    means = [Double](repeating: 0, count: featureCount)
    squares = means
  }

  /// Sees numbers whose features follow each other, again and again.
  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    guard let first = values.first else { return }
    var (low, high) = range.map { ($0.lowerBound, $0.upperBound) } ?? (first, first)
    for start in stride(from: 0, to: values.count, by: means.count) {
      count += 1
      for feature in means.indices {
        let number = values[start + feature]
        (low, high) = (min(low, number), max(high, number))
        isWhole = isWhole && number == number.rounded()
        let value = Double(number)
        let distance = value - means[feature]
        means[feature] += distance / count
        squares[feature] += distance * (value - means[feature])
      }
    }
    range = low...high
  }

  /// All frames of sequences.
  init(of dataset: SequenceDataset) throws(DataError) {
    self.init(featureCount: dataset.featureCount)
    for start in stride(from: 0, to: dataset.count, by: 64) {
      let batch = try dataset.sequences(at: start..<min(start + 64, dataset.count))
      batch.values.floats.withUnsafeBufferPointer { values in
        for (row, length) in batch.lengths.enumerated() {
          let first = row * batch.time * means.count
          add(UnsafeBufferPointer(rebasing: values[first..<(first + length * means.count)]))
        }
      }
    }
  }

  /// All images; `featureCount` divides the numbers of one.
  init(of dataset: ImageDataset, featureCount: Int) throws(DataError) {
    self.init(featureCount: featureCount)
    for start in stride(from: 0, to: dataset.count, by: 256) {
      let batch = try dataset.images(at: start..<min(start + 256, dataset.count))
      batch.floats.withUnsafeBufferPointer { add($0) }
    }
  }
}
