import Layers
import TensorCore
import VAECore

/// Fixed random waves over the flattened observation, then one learned layer.
///
/// The waves are cos and sin of x F for a matrix F that is drawn once and not trained.
///
/// - Source: Rahimi and Recht, "Random Features for Large-Scale Kernel Machines", NIPS 2007.
public struct FourierEncoder: Encoder {
  public let observationShape: Shape
  public let featureCount: Int
  private let frequencies: Parameter
  private let layer: Dense

  /// An encoder with `waveCount` random waves, whose frequencies have the standard deviation
  /// `bandwidth`.
  public init(
    observationShape: Shape, waveCount: Int, featureCount: Int, bandwidth: Double = 1,
    using key: inout RandomKey
  ) {
    self.observationShape = observationShape
    self.featureCount = featureCount
    frequencies = Parameter(
      key.normal([observationShape.count, waveCount], deviation: bandwidth), isTrainable: false)
    layer = Dense(2 * waveCount, featureCount, activation: .tanh, using: &key)
  }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["frequencies": frequencies, "layer": layer]
  }

  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    let phases = x.flattenedPerExample().matmul(context[frequencies])
    return layer(Variable.concatenated([phases.cos(), phases.sin()], along: 1), &context)
  }
}
