public import Layers
public import TensorCore
public import VAECore

/// A mixture of Gaussians whose weights, means and variances are learned, over codes `[latentCount]`.
///
/// - Source: Dilokthanakul et al., "Deep Unsupervised Clustering with Gaussian Mixture Variational
///   Autoencoders", arXiv:1611.02648, in the form without an encoder of the component.
public struct GaussianMixturePrior: Prior {
  /// `[components, latentCount]`.
  public let means, logVariances: Parameter
  /// log of the weights, but for a constant: `[components]`.
  public let logits: Parameter

  /// So many components with means out of N(0, I), variances and weights that are all the same.
  public init(latentCount: Int, componentCount: Int, using key: inout RandomKey) {
    means = Parameter(key.normal([componentCount, latentCount]))
    logVariances = Parameter(.zeros([componentCount, latentCount]))
    logits = Parameter(.zeros([componentCount]))
  }

  public var latentCount: Int { means.shape[1] }

  public var parts: KeyValuePairs<String, any ModulePart> {
    ["means": means, "log_variances": logVariances, "logits": logits]
  }

  public func callAsFunction(_ count: Int, _ context: inout Context) -> MixtureOfGaussians {
    MixtureOfGaussians(
      components: DiagonalGaussian(mean: context[means], logVariance: context[logVariances]),
      logits: context[logits], count: count)
  }
}

/// One mixture of Gaussians for all of a batch.
public struct MixtureOfGaussians: Distribution {
  /// `[components, latentCount]`.
  public let components: DiagonalGaussian
  /// log of the weights, but for a constant: `[components]`.
  public let logits: Variable
  /// Rows of the batch.
  public let count: Int

  public init(components: DiagonalGaussian, logits: Variable, count: Int) {
    self.components = components
    self.logits = logits
    self.count = count
  }

  public func mean(_ context: inout Context) -> Variable {
    let weights = logits.softmax(along: 0).reshaped(to: [1, -1])
    let mean = weights.matmul(components.mean)
    return mean.broadcast(to: [count, mean.shape[1]])
  }

  /// A sample; no gradient reaches the weights through it.
  public func sample(_ context: inout Context) -> Variable {
    let all = logits.value.reshaped(to: [1, logits.shape[0]])
    let which = context.key.categorical(
      logits: Variable(all).broadcast(to: [count, logits.shape[0]]).value)
    return components.mapParameters { $0.gathered(which, along: 0) }.sample(&context)
  }

  public func logProbability(of codes: Variable, _ context: inout Context) -> Variable? {
    let each = components.mapParameters { $0.expanded(at: 0) }
      .logProbabilities(of: codes.expanded(at: 1)).sum(along: 2)
    return (each + logits.logSoftmax(along: 0)).logSumExp(along: 1)
  }

  // The components belong to all of the batch.
  public func mapParameters(_ f: (Variable) -> Variable) -> MixtureOfGaussians {
    MixtureOfGaussians(
      components: components, logits: logits, count: f(Variable(.zeros([count, 1]))).shape[0])
  }
}
