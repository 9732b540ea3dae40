internal import Foundation
internal import Layers
public import TensorCore
public import VAECore

/// What a whole `VariationalAutoencoder` over tensors has to obey.
public enum ModelLaw: String, CaseIterable, Sendable {
  /// Codes, reconstructions and samples have the shapes the model promises.
  case shape
  /// Encoding, decoding and sampling change no parameter.
  case usePreservesParameters
  /// The ELBO does not exceed the importance-weighted bound with more samples, beyond the error of
  /// the estimates.
  ///
  /// - Source: Burda, Grosse and Salakhutdinov, arXiv:1509.00519, theorem 1.
  case bound

  /// Throws evidence where the model that `make` gives breaks this law.
  ///
  /// `observations` draws a batch. `make` gives equal models for equal keys.
  public func check<M: DirectAutoencoder<Tensor>>(
    observations: (_ count: Int, _ key: inout RandomKey) -> Tensor,
    _ make: (inout RandomKey) throws -> M
  ) throws(LawViolation) {
    try judge(self) {
      var key = RandomKey(seed: 71)
      let model = try make(&key)
      switch self {
      case .shape: try checkShapes(model, observations(3, &key), &key)
      case .usePreservesParameters:
        let before = model.namedParameters.map(\.parameter.value)
        _ = model.reconstruct(observations(3, &key))
        _ = model.sample(2, using: &key)
        for (old, now) in zip(before, model.namedParameters) where old != now.parameter.value {
          throw Finding("using the model changed the parameter '\(now.name)'")
        }
      case .bound: try checkBound(model, observations(8, &key), &key)
      }
    }
  }

  private func checkShapes(
    _ model: some DirectAutoencoder<Tensor>, _ x: Tensor, _ key: inout RandomKey
  ) throws {
    let found: [(String, Shape, Shape)] = [
      ("codes of 3 observations", model.codes(of: x).shape, [3, model.latentCount]),
      ("reconstructions", model.reconstruct(x).shape, [3] + model.observationShape),
      ("samples", model.sample(3, using: &key).shape, [3] + model.observationShape),
    ]
    for (what, shape, expected) in found where shape != expected {
      throw Finding("\(what) have the shape \(shape), not \(expected)")
    }
  }

  private func checkBound(
    _ model: some DirectAutoencoder<Tensor>, _ x: Tensor, _ key: inout RandomKey
  ) throws {
    var context = Context.inference(key)
    let q = model.encode(x, &context)
    var (elbos, weights): ([[Double]], [[Double]]) = ([], [])
    for _ in 0..<200 {
      let codes = q.sample(using: &context.key)
      let parameters = model.decode(codes, &context)
      let fit = model.logLikelihood(of: x, given: parameters, &context).value
      elbos.append((fit - model.divergence(from: q, codes: codes, &context).value).doubles)
      let prior = model.logPrior(of: codes, &context).value
      weights.append((fit + prior - q.logProbability(of: codes).value).doubles)
    }
    for i in elbos[0].indices {
      let (elbo, error) = average(elbos.map { $0[i] })
      let logs = weights.map { $0[i] }
      let most = logs.reduce(-.infinity, max)
      let bound = most + log(average(logs.map { exp($0 - most) }).mean)
      guard elbo <= bound + 5 * error + 1e-3 * (1 + abs(bound)) else {
        throw Finding(
          "the ELBO of an observation is \(elbo) ± \(error), above the bound \(bound) of 200 "
            + "weighted samples")
      }
    }
  }
}
