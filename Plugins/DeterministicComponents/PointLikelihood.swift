public import Layers
public import TensorCore
public import VAECore

/// One observation of each code, without a density: what a generator makes, or a decoder that is trained by a distance.
///
/// Nothing is a likelihood here, and evaluation reports none.
public struct PointLikelihood: Likelihood, Sendable {
  public typealias Observation = Tensor

  /// What values the decoder's numbers stand for.
  public enum Values: String, Codable, Sendable, Hashable, CaseIterable {
    /// The numbers themselves.
    case identity
    /// σ of them, in [0, 1].
    case sigmoid
    /// (1 + tanh) / 2 of them, in [0, 1]: images that other libraries scale to [-1, 1].
    case tanh
  }

  /// What values the decoder's numbers stand for.
  public let output: Values

  public init(output: Values = .sigmoid) { self.output = output }

  public func parameterShape(forObservation shape: Shape) -> Shape { shape }

  public func callAsFunction(_ parameters: Variable, _ context: inout Context) -> Point {
    switch output {
    case .identity: Point(parameters)
    case .sigmoid: Point(parameters.sigmoid())
    case .tanh: Point((parameters.tanh() + 1) * 0.5)
    }
  }

  public func validate(_ x: Tensor) throws(ObservationError) {
    guard x.count > 0 else { return }
    let range = x.range
    if let range, output == .identity || (range.lowerBound >= 0 && range.upperBound <= 1) { return }
    let outside = range.map { $0.lowerBound < 0 ? "\($0.lowerBound)" : "\($0.upperBound)" }
    throw ObservationError(
      output == .identity
        ? "the observations hold NaN or infinity; replace or leave out those values"
        : "outputs of '\(output.rawValue)' lie in [0, 1], but the data holds "
          + "\(outside ?? "NaN or infinity"); scale the data, or choose the output identity")
  }
}
