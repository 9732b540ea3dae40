internal import Foundation
internal import Layers
public import TensorCore
public import VAECore

/// What a whole `VariationalAutoencoder` over tensors or sequences has to obey.
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
      case .shape:
        let x = observations(3, &key)
        try compare([
          ("codes of 3 observations", model.codes(of: x).shape, [3, model.latentCount]),
          ("reconstructions", model.reconstruct(x).shape, [3] + model.observationShape),
          ("samples", model.sample(3, using: &key).shape, [3] + model.observationShape),
        ])
      case .usePreservesParameters:
        try preserving(model) {
          _ = model.reconstruct(observations(3, &key))
          _ = model.sample(2, using: &key)
        }
      case .bound: try checkBound(model, observations(8, &key), &key)
      }
    }
  }

  /// Throws evidence where the model of sequences that `make` gives breaks this law.
  ///
  /// `make` gives equal models for equal keys. The laws draw sequences of different lengths.
  public func check<M: SequenceAutoencoder>(
    format: SequenceFormat, _ make: (inout RandomKey) throws -> M
  ) throws(LawViolation) {
    try judge(self) {
      var key = RandomKey(seed: 71)
      let model = try make(&key)
      let x = format.sequences(3, &key)
      var context = Context.inference(key)
      switch self {
      case .shape:
        let codes = model.codes(of: x)
        let parameters = model.decode(Variable(codes), teaching: x, &context).value
        var state = model.decoderState(from: codes)
        try compare([
          ("codes of 3 sequences", codes.shape, [3, model.latentCount]),
          ("expected steps", model.mean(given: parameters).values.shape, x.values.shape),
          (
            "steps drawn", model.sampleObservation(given: parameters, using: &key).values.shape,
            x.values.shape
          ),
          (
            "a generated step's parameters", state.next(after: nil).shape,
            [3] + parameters.shape.dropFirst().dropFirst()
          ),
        ])
      case .usePreservesParameters:
        try preserving(model) {
          var state = model.decoderState(from: model.codes(of: x))
          _ = state.next(after: nil)
          _ = state.next(after: x.step(0))
          _ = model.logLikelihood(
            of: x, from: Variable(model.samplePrior(3, using: &key)), &context)
        }
      case .bound: try checkBound(model, format.sequences(8, &key), &key)
      }
    }
  }

  private func compare(_ found: [(String, Shape, Shape)]) throws {
    for (what, shape, expected) in found where shape != expected {
      throw Finding("\(what) have the shape \(shape), not \(expected)")
    }
  }

  private func preserving(_ model: some Module, _ use: () -> Void) throws {
    let before = model.namedParameters.map(\.parameter.value)
    use()
    for (old, now) in zip(before, model.namedParameters) where old != now.parameter.value {
      throw Finding("using the model changed the parameter '\(now.name)'")
    }
  }

  private func checkBound<M: VariationalAutoencoder>(
    _ model: M, _ x: M.Observation, _ key: inout RandomKey
  ) throws {
    var context = Context.inference(key)
    let q = model.encode(x, &context)
    var (elbos, weights): ([[Double]], [[Double]]) = ([], [])
    for _ in 0..<200 {
      let codes = q.sample(using: &context.key)
      let fit = model.logLikelihood(of: x, from: codes, &context).value
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
