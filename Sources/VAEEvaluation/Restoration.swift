internal import Layers
public import TensorCore
public import VAECore

/// How missing elements of observations are found again.
public enum RestorationMethod: Sendable, Hashable {
  /// The code is moved, by so many steps of Adam, to where log p(known elements | z) + log p(z) is
  /// highest.
  case optimization(steps: Int = 300, learningRate: Double = 0.05)
  /// So many times the observation is encoded, a code sampled and decoded, and only the missing
  /// elements take what was decoded.
  ///
  /// - Source: Rezende, Mohamed and Wierstra, arXiv:1401.4082, appendix F.
  case iteration(steps: Int = 100)
}

extension LatentModel where Observation == Tensor {
  /// Observations with their missing elements filled in; what is known stays as it is.
  ///
  /// - Parameters:
  ///   - damaged: Observations; what their missing elements hold does not matter.
  ///   - known: Ones where an element is known and zeros where it is missing, of the same shape.
  ///   - method: How the missing elements are found.
  ///   - key: Where samples come from.
  /// - Returns: Whole observations, known elements untouched.
  public func restore(
    _ damaged: Tensor, known: Tensor, by method: RestorationMethod, using key: inout RandomKey
  ) -> Tensor {
    precondition(damaged.shape == known.shape, "\(damaged.shape) is masked by \(known.shape)")
    let missing = known * -1 + 1
    func filled(_ guess: Tensor) -> Tensor { damaged * known + guess * missing }
    // A first guess: what the model expects of observations in general.
    let typical = observations(
      from: Tensor.zeros([damaged.shape[0], latentCount], dtype: damaged.dtype),
      condition(of: damaged))
    var x = filled(typical)
    switch method {
    case .iteration(let steps):
      for _ in 0..<steps {
        var context = Context.inference(key.split())
        let codes = inferCodes(x, &context).codes
        x = filled(observations(from: codes.value, condition(of: x)))
      }
      return filled(reconstruct(x))
    case .optimization(let steps, let rate):
      let condition = condition(of: x)
      let codes = best(codes(of: x), condition, steps: steps, rate: rate, filled)
      return filled(observations(from: codes, condition))
    }
  }

  /// Codes moved uphill on log p(known | z) + log p(z) by Adam.
  ///
  /// Missing elements take the value the model expects at each step, where the slope of their
  /// log p vanishes.
  private func best(
    _ start: Tensor, _ condition: Condition, steps: Int, rate: Double,
    _ filled: (Tensor) -> Tensor
  ) -> Tensor {
    var z = start
    var first = Tensor.zeros(z.shape, dtype: z.dtype)
    var second = first
    let (beta1, beta2) = (0.9, 0.999)
    var (power1, power2) = (1.0, 1.0)
    for _ in 0..<steps {
      var context = Context.inference()
      let codes = Variable(z, requiresGradient: true)
      let output = generate(from: codes, under: condition, &context)
      let x = filled(Tensor(value: output.detached.mean(&context)))
      guard let fit = output.logProbability(of: Variable(x), &context) else { return z }
      let height = context.sites.logPrior.map { fit + $0 } ?? fit
      guard let slope = height.sum().gradient(withRespectTo: [codes])[0] else { return z }
      (power1, power2) = (power1 * beta1, power2 * beta2)
      first = first * beta1 + slope * (1 - beta1)
      second = second * beta2 + slope * slope * (1 - beta2)
      let spread = Variable(second * (1 / (1 - power2))).squareRoot().value + 1e-8
      z = z + first / spread * (rate / (1 - power1))
    }
    return z
  }
}
