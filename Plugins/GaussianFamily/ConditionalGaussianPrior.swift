public import Layers
public import TensorCore
public import VAECore

/// A Gaussian with independent coordinates whose mean and variance are linear in what is known of
/// each row, such as one Gaussian a class.
///
/// It reads `context.condition`, so it goes with models that tell one.
///
/// - Source: Sohn, Lee and Yan, "Learning Structured Output Representation using Deep Conditional
///   Generative Models", NeurIPS 2015, equation 4.
public struct ConditionalGaussianPrior: Prior {
  /// `[conditionWidth, 2 * latentCount]`: the mean, and log σ² behind it.
  public let moments: Dense
  public let latentCount: Int

  /// A prior over `latentCount` codes, given `conditionWidth` numbers.
  public init(latentCount: Int, conditionWidth: Int, using key: inout RandomKey) {
    self.latentCount = latentCount
    moments = Dense(conditionWidth, 2 * latentCount, using: &key)
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["moments": moments] }

  public func callAsFunction(_ count: Int, _ context: inout Context) -> DiagonalGaussian {
    guard let condition = context.condition else {
      preconditionFailure("a conditional prior goes with a model that tells what it is given")
    }
    let format = moments.weight.value.dtype
    let told =
      condition.dtype == format ? condition : Variable(condition.value.converted(to: format))
    let halves = moments(told, &context).split(along: 1, sizes: [latentCount, latentCount])
    return DiagonalGaussian(mean: halves[0], logVariance: halves[1])
  }
}
