public import Layers
public import TensorCore
public import VAECore

/// Counts how often a strict double was called.
public final class CallCount {
  /// Calls so far.
  public internal(set) var value = 0

  /// A count that starts at zero.
  public init() {}
}

/// An encoder that does what the protocol promises and nothing else: a matrix on the flattened
/// observation.
///
/// It traps where it is given another shape than its own.
public struct MinimalEncoder: Encoder {
  /// Shape of one observation, without the batch axis.
  public let observationShape: Shape
  /// Numbers it gives for each observation.
  public let featureCount: Int
  /// How often it was called.
  public let calls = CallCount()
  private let weight: Parameter

  /// An encoder with fresh weights.
  public init(observationShape: Shape, featureCount: Int, using key: inout RandomKey) {
    self.observationShape = observationShape
    self.featureCount = featureCount
    weight = Parameter(key.normal([observationShape.count, featureCount]))
  }

  /// The matrix.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight] }

  /// Features of `x`: `[batch, featureCount]`.
  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    calls.value += 1
    precondition(
      x.shape.dropFirst() == observationShape, "observations are \(x.shape.dropFirst())")
    return x.flattenedPerExample().matmul(context[weight])
  }
}

/// A decoder that does what the protocol promises and nothing else: a matrix on the code.
///
/// It traps where it is given another shape than its own.
public struct MinimalDecoder: Decoder {
  /// Number of latent dimensions it reads.
  public let latentCount: Int
  /// Shape of the parameters of one observation, without the batch axis.
  public let parameterShape: Shape
  /// How often it was called.
  public let calls = CallCount()
  private let weight: Parameter

  /// A decoder with fresh weights.
  public init(latentCount: Int, parameterShape: Shape, using key: inout RandomKey) {
    self.latentCount = latentCount
    self.parameterShape = parameterShape
    weight = Parameter(key.normal([latentCount, parameterShape.count]))
  }

  /// The matrix.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight] }

  /// Parameters for `codes`: `[batch] + parameterShape`.
  public func callAsFunction(_ codes: Variable, _ context: inout Context) -> Variable {
    calls.value += 1
    precondition(codes.shape.dropFirst() == [latentCount], "codes are \(codes.shape)")
    return codes.matmul(context[weight]).reshaped(to: [codes.shape[0]] + parameterShape)
  }
}

/// A posterior N(matrix × features, I), without a scale to learn.
public struct MinimalPosterior: Posterior {
  /// Numbers it reads for each observation.
  public let featureCount: Int
  /// Number of latent dimensions.
  public let latentCount: Int
  /// How often it was called.
  public let calls = CallCount()
  private let weight: Parameter

  /// A posterior with fresh weights.
  public init(featureCount: Int, latentCount: Int, using key: inout RandomKey) {
    self.featureCount = featureCount
    self.latentCount = latentCount
    weight = Parameter(key.normal([featureCount, latentCount]))
  }

  /// The matrix.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight] }

  /// The distributions that belong to `features`.
  public func callAsFunction(
    _ features: Variable, _ context: inout Context
  ) -> MinimalDistribution {
    calls.value += 1
    precondition(features.shape.dropFirst() == [featureCount], "features are \(features.shape)")
    return MinimalDistribution(mean: features.matmul(context[weight]))
  }
}

/// Gaussians of variance 1.
public struct MinimalDistribution: Distribution {
  /// Each distribution's mean: `[batch, latentCount]`.
  public let mean: Variable

  /// Gaussians of variance 1 around `mean`.
  public init(mean: Variable) { self.mean = mean }

  /// The mean.
  public func mean(_ context: inout Context) -> Variable { mean }

  /// One value from each distribution.
  public func sample(_ context: inout Context) -> Variable {
    mean + Variable(context.key.normal(mean.shape, dtype: mean.dtype))
  }

  /// log p in nats: `[batch]`.
  public func logProbability(of value: Variable, _ context: inout Context) -> Variable? {
    precondition(value.shape == mean.shape, "values are \(value.shape), means \(mean.shape)")
    return standardNormal(value - mean)
  }

  /// Gaussians around `f(mean)`.
  public func mapParameters(_ f: (Variable) -> Variable) -> MinimalDistribution {
    MinimalDistribution(mean: f(mean))
  }
}

/// The prior N(0, I) without a law or a closed divergence: the estimate serves.
public struct MinimalPrior: Prior {
  /// Number of latent dimensions.
  public let latentCount: Int
  /// How often it was called.
  public let calls = CallCount()

  /// A prior over `latentCount` dimensions.
  public init(latentCount: Int) { self.latentCount = latentCount }

  /// The distribution of `count` codes.
  public func callAsFunction(_ count: Int, _ context: inout Context) -> MinimalNormal {
    calls.value += 1
    return MinimalNormal(shape: [count, latentCount])
  }
}

/// N(0, I) that says no more of itself than it has to.
public struct MinimalNormal: Distribution {
  /// `[batch, latentCount]`.
  public let shape: Shape

  /// N(0, I) over codes of this shape, the batch axis in front.
  public init(shape: Shape) { self.shape = shape }

  /// Zeros.
  public func mean(_ context: inout Context) -> Variable { Variable(.zeros(shape)) }

  /// One value from each distribution.
  public func sample(_ context: inout Context) -> Variable { Variable(context.key.normal(shape)) }

  /// log p in nats, `[batch]`, in the values' own format.
  public func logProbability(of value: Variable, _ context: inout Context) -> Variable? {
    precondition(value.shape == shape, "values are \(value.shape), not \(shape)")
    return standardNormal(value)
  }

  /// As many as `f` makes of them.
  public func mapParameters(_ f: (Variable) -> Variable) -> MinimalNormal {
    MinimalNormal(shape: f(Variable(.zeros(shape))).shape)
  }
}

/// The likelihood N(parameters, I).
public struct MinimalLikelihood: Likelihood {
  /// A batch of tensors.
  public typealias Observation = Tensor
  /// How often it was called.
  public let calls = CallCount()

  /// A likelihood without options.
  public init() {}

  /// The observation's own shape.
  public func parameterShape(forObservation shape: Shape) -> Shape { shape }

  /// The distributions around the parameters.
  public func callAsFunction(
    _ parameters: Variable, _ context: inout Context
  ) -> MinimalDistribution {
    calls.value += 1
    return MinimalDistribution(mean: parameters)
  }
}

/// An objective with one weight and one minimum: half the squared distance from each observation,
/// `weight` being its guess.
public struct MinimalObjective: Objective {
  /// How often a loss was asked.
  public let calls = CallCount()
  /// The guess, shaped as an observation.
  public let weight: Parameter

  /// An objective over observations of one shape, whose guess starts at zero.
  public init(observationShape: Shape) { weight = Parameter(.zeros(observationShape)) }

  /// The guess.
  public var parts: KeyValuePairs<String, any ModulePart> { ["weight": weight] }

  /// The loss and its terms: the reconstruction, a kl of zero, and the elbo.
  public func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    calls.value += 1
    let distance = (Variable(batch.observations) - context[weight]).squared().sumPerExample() * 0.5
    var loss = Loss(
      total: distance.mean(),
      terms: [
        "reconstruction": distance.value, "kl": distance.value * 0, "elbo": distance.value * -1,
      ])
    loss.collect(from: &context)
    return loss
  }
}

/// log N(0, I) of each row.
private func standardNormal(_ x: Variable) -> Variable {
  let constant = 1.8378770664093453  // log 2π
  return (x.squared() + constant).sumPerExample() * -0.5
}
