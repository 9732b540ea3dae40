internal import TensorCore
public import VAECore

/// The scale that frames were brought to: each feature less its mean, divided by its deviation.
///
/// A run keeps it, so that what the model sees later has the scale of what it was trained on, and
/// what it makes can be read in the data's own units.
public struct FrameScaling: Codable, Sendable, Equatable {
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

  /// The population mean and deviation of each feature over all steps; a constant one keeps its size.
  ///
  /// - Throws: ``DataError`` when the data cannot be read.
  init(of dataset: SequenceDataset, featureCount: Int) throws(DataError) {
    var means = [Double](repeating: 0, count: featureCount)
    var squares = means
    var steps = 0.0
    for start in Swift.stride(from: 0, to: dataset.count, by: 64) {
      let batch = try dataset.sequences(at: start..<min(start + 64, dataset.count))
      let values = batch.values.floats
      for (row, length) in batch.lengths.enumerated() {
        for step in 0..<length {
          steps += 1
          let first = (row * batch.time + step) * featureCount
          for feature in 0..<featureCount {
            let value = Double(values[first + feature])
            let distance = value - means[feature]
            means[feature] += distance / steps
            squares[feature] += distance * (value - means[feature])
          }
        }
      }
    }
    self.means = means
    deviations = zip(squares, means).map { square, mean in
      let deviation = (square / max(1, steps)).squareRoot()
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
  public func apply(_ frames: Sequences) -> Sequences {
    changed(frames) { Float((Double($0) - means[$1]) / deviations[$1]) }
  }

  /// Frames in the data's own units, from this scale; padding stays zero.
  public func invert(_ frames: Sequences) -> Sequences {
    changed(frames) { Float(Double($0) * deviations[$1] + means[$1]) }
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
