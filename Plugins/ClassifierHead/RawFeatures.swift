public import Layers
public import TensorCore
public import VAECore

/// An observation's own elements, such as the pixels of an image: what a classifier reads that
/// knows no model.
public struct ElementFeatures: FeatureExtractor {
  public let featureCount: Int

  /// Elements of observations of one shape, without the batch axis.
  public init(observationShape: Shape) { featureCount = observationShape.count }

  public func callAsFunction(_ x: Tensor, _ context: inout Context) -> Variable {
    Variable(x).flattenedPerExample()
  }
}

/// What a sequence is made of, whatever its order: how often each token stands in it, or its mean
/// frame.
public struct StepFeatures: FeatureExtractor {
  public let featureCount: Int

  /// Steps of one shape, which of a token is that of its one-hot form.
  public init(stepShape: Shape) { featureCount = stepShape.count }

  public func callAsFunction(_ x: Sequences, _ context: inout Context) -> Variable {
    Variable(x.areTokens ? counts(of: x) : means(of: x))
  }

  private func counts(of x: Sequences) -> Tensor {
    var counts = [Float](repeating: 0, count: x.count * featureCount)
    let tokens = x.values.integers
    for (row, length) in x.lengths.enumerated() {
      for step in 0..<length { counts[row * featureCount + Int(tokens[row * x.time + step])] += 1 }
    }
    return Tensor(counts, shape: [x.count, featureCount])
  }

  private func means(of x: Sequences) -> Tensor {
    let sums = (x.values * x.mask(x.values.dtype).expanded(at: 2)).sum(along: 1)
    let shares = Tensor(x.lengths.map { 1 / Double($0) }, shape: [x.count, 1])
    return sums * shares.converted(to: sums.dtype)
  }
}
