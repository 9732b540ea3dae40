/// Where new codes come from after training.
public protocol CodeSampler {
  /// Codes that the model has not seen: `[count, latentCount]`.
  func sample(_ count: Int, using key: inout RandomKey) -> Tensor
}

extension Role where Part == any CodeSampler {
  /// Where new codes come from after training.
  public static var sampler: Role { Role("sampler") }
}

extension Fact where Value == Tensor {
  /// The codes of the training examples; nobody reads the data before somebody asks.
  public static var trainingCodes: Fact { Fact("the codes of the training examples") }
}

/// Codes of the model's prior.
private struct PriorSampler: CodeSampler {
  let model: any LatentModel

  func sample(_ count: Int, using key: inout RandomKey) -> Tensor {
    model.samplePrior(count, using: &key)
  }
}

/// A Gaussian over the codes of the training examples, coordinate by coordinate.
private struct AggregateSampler: CodeSampler {
  let mean: Tensor
  let deviation: Tensor

  init(of codes: Tensor, temperature: Double) {
    let values = Variable(codes)
    let center = values.mean(along: 0)
    mean = center.value
    let variance = (values.squared().mean(along: 0) - center.squared()).clamped(atLeast: 0)
    deviation = (variance.squareRoot() * temperature).value
  }

  func sample(_ count: Int, using key: inout RandomKey) -> Tensor {
    let noise = Variable(key.normal([count, mean.count]))
    func everywhere(_ row: Tensor) -> Variable { Variable(row).broadcast(to: noise.shape) }
    return (noise * everywhere(deviation) + everywhere(mean)).value
  }
}

private struct AggregateOptions: ComponentOptions {
  @Setting("What the standard deviations are multiplied by.", .positive)
  var temperature = 1.0
}

extension Family {
  /// Where new codes come from.
  public static let samplers = Family { registry in
    registry.add(.sampler, "prior", "codes of the model's prior", NoOptions()) { _, assembly, _ in
      PriorSampler(model: try assembly[.model])
    }
    registry.add(
      .sampler, "aggregate", "a Gaussian over the training examples' codes", AggregateOptions()
    ) { options, assembly, _ in
      AggregateSampler(of: try assembly[.trainingCodes], temperature: options.temperature)
    }
  }
}
