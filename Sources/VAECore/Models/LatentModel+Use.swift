internal import Layers
public import TensorCore

// What a trained model is used for.

extension LatentModel {
  /// The posterior's mean for each observation, the sites side by side: `[batch, latentCount]`.
  public func codes(of x: Observation) -> Tensor {
    var context = Context.inference()
    return inferCodes(x, by: .posteriorMean, &context).codes.value
  }

  /// `count` codes from the prior, the sites side by side: `[count, latentCount]`.
  public func samplePrior(_ count: Int, using key: inout RandomKey) -> Tensor {
    samplePrior(typicalCondition(count), using: &key)
  }

  /// A code from the prior for each row that something is known of: `[rows, latentCount]`.
  public func samplePrior(_ condition: Condition, using key: inout RandomKey) -> Tensor {
    var context = Context.inference(key)
    context.drawing.rule = .prior
    drawCodes(nil, condition, &context)
    key = context.key
    return context.sites.codes.value
  }

  /// The expected observations that `codes` `[batch, latentCount]` stand for.
  public func observations(from codes: Tensor) -> Observation {
    observations(from: codes, typicalCondition(codes.shape[0]))
  }

  /// The expected observations that `codes` `[batch, latentCount]` stand for, each under what is known of it.
  public func observations(from codes: Tensor, _ condition: Condition) -> Observation {
    var context = Context.inference()
    return Observation(
      value: generate(from: Variable(codes), under: condition, &context).mean(&context))
  }

  /// Observations passed through the posterior's mean and back.
  public func reconstruct(_ x: Observation) -> Observation {
    observations(from: codes(of: x), condition(of: x))
  }

  /// The expected observations of `count` codes from the prior.
  public func sample(_ count: Int, using key: inout RandomKey) -> Observation {
    sample(typicalCondition(count), using: &key)
  }

  /// The expected observation of a code from the prior, for each row that something is known of.
  public func sample(_ condition: Condition, using key: inout RandomKey) -> Observation {
    observations(from: samplePrior(condition, using: &key), condition)
  }
}

extension LatentModel where Observation == Tensor {
  /// Shape of one observation that it decodes, without the batch axis.
  public var observationShape: Shape {
    observations(from: .zeros([1, latentCount]), typicalCondition(1)).shape.dropFirst()
  }

  /// The expected observations that `codes` `[batch, latentCount]` stand for, a thousand at a time.
  public func observations(from codes: Tensor) -> Tensor {
    let (count, size) = (codes.shape[0], 1000)
    func decoded(_ part: Tensor) -> Tensor {
      observations(from: part, typicalCondition(part.shape[0]))
    }
    guard count > size else { return decoded(codes) }
    let capture = Capture(namedParameters.map(\.parameter))
    let parts = stride(from: 0, to: count, by: size).map { start in
      let part = codes.sliced(along: 0, start..<min(start + size, count))
      let given = capture(over: part, key: Context.inference().key) { [decoded(part)] }
      // Joined alone it is a copy, which outlives the next call.
      return Tensor.concatenated(given.compactMap { $0 }, along: 0)
    }
    return .concatenated(parts, along: 0)
  }
}
