public import TensorCore

/// Groups of neighbouring channels of each example shifted and scaled to mean 0 and variance 1.
///
/// A learned weight and bias a channel follow. Nothing depends on the rest of the batch.
///
/// - Source: Wu and He, arXiv:1803.08494.
public struct GroupNorm: Layer {
  /// The scale of each channel, `[channels]`.
  public let weight: Parameter
  /// The shift of each channel, `[channels]`.
  public let bias: Parameter
  /// How many groups the channels form.
  public let groupCount: Int
  /// Added to the variance.
  public let epsilon: Double
  /// Applied to each output.
  public let activation: Activation

  /// A layer over `channels` channels, which `groups` divides.
  public init(
    _ channels: Int, groups: Int, activation: Activation = .identity, epsilon: Double = 1e-5
  ) {
    precondition(
      groups > 0 && channels % groups == 0, "\(channels) channels do not form \(groups) groups")
    weight = Parameter(Tensor(repeating: 1, shape: [channels]))
    bias = Parameter(.zeros([channels]))
    groupCount = groups
    self.epsilon = epsilon
    self.activation = activation
  }

  /// The weight and the bias.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight, "bias": bias] }

  /// The normalized `x`, `[batch, ..., channels]`.
  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    let (normalized, _, _) = x.normalized(.channelGroups(count: groupCount), epsilon: epsilon)
    return (normalized * context[weight] + context[bias]).activated(by: activation)
  }
}
