public import Layers
public import TensorCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension LatentModel {
  /// Throws, in the name of what asks, where observations are no tensors.
  public func requireTensors(for asker: String) throws(CompositionError) {
    guard Observation.self == Tensor.self else {
      throw CompositionError(
        incompatible: "\(asker) compares tensors, such as images, and this model has none")
    }
  }

  /// Throws, in the name of what asks, where observations or codes have no density.
  public func requireDensities(for asker: String) throws(CompositionError) {
    guard Output.hasDensity else {
      throw CompositionError(
        incompatible: "\(asker) needs the density of observations, and this model's have none")
    }
    try requireDensities(ofCodesFor: asker)
  }

  /// Throws, in the name of what asks, where codes have no density.
  public func requireDensities(ofCodesFor asker: String) throws(CompositionError) {
    if let site = codeSites.first(where: { !$0.hasDensities }) {
      throw CompositionError(
        incompatible: "\(asker) needs the densities of codes, and those at '\(site.name)' have none"
      )
    }
  }

  /// log p(x, z) - log q(z | x) in nats of `samples` codes of each observation, in one pass: `[batch, samples]`; nil where there is
  /// no density.
  ///
  /// - Source: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders", arXiv:1509.00519, equation 8.
  public func logWeights(
    of x: Observation, samples: Int, _ context: inout Context
  ) -> Variable? {
    let output = infer(x, samples: samples, &context)
    let fit = output.logProbability(of: x.repeated(samples).value, &context)
    guard let fit, let prior = context.sites.logPrior, let posterior = context.sites.logPosterior
    else { return nil }
    return (fit + (prior - posterior)).reshaped(to: [x.rowCount, samples])
  }

  /// log 1/K Σ p(x, z) / q(z | x) over K codes of each observation, a lower bound on log p(x) on average: `[batch]`, in nats; nil where
  /// there is no density.
  ///
  /// - Source: Burda, Grosse and Salakhutdinov, arXiv:1509.00519, equation 8.
  public func importanceBound(
    of x: Observation, samples: Int, _ context: inout Context
  ) -> Variable? {
    logWeights(of: x, samples: samples, &context).map {
      $0.logSumExp(along: 1) - log(Double(samples))
    }
  }
}
