internal import Foundation
internal import Layers
public import TensorCore
public import VAECore

/// What a whole `LatentModel` over tensors, sequences or observations of one's own has to obey.
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
  /// K codes an example in one pass are K single ones.
  case samples
  /// The sites are those that the model states, codes that are given are taken, and the divergences of sites and of coordinates
  /// add up to the whole.
  case sites
  /// From the same noise another condition gives another answer, for its own row alone, and rows in
  /// another order are answered in that order; a model whose condition is ``VAECore/Blank`` has
  /// nothing to obey.
  case condition

  /// Throws evidence where the model that `make` gives breaks this law.
  ///
  /// `observations` draws a batch. `make` gives equal models for equal keys.
  public func check<M: LatentModel>(
    observations: (_ count: Int, _ key: inout RandomKey) -> M.Observation,
    _ make: (inout RandomKey) throws -> M
  ) throws(LawViolation) {
    try judge(self) {
      var key = RandomKey(seed: 71)
      let model = try make(&key)
      let x = observations(3, &key)
      switch self {
      case .shape:
        try compare([
          ("codes of 3 observations", model.codes(of: x).shape, [3, model.latentCount]),
          ("codes of the prior", model.samplePrior(3, using: &key).shape, [3, model.latentCount]),
        ])
        let (again, sample) = (model.reconstruct(x), model.sample(3, using: &key))
        guard again.rowCount == 3, sample.rowCount == 3 else {
          throw Finding(
            "there are \(again.rowCount) reconstructions and \(sample.rowCount) samples, not 3")
        }
        if let x = x as? Tensor, let again = again as? Tensor, let sample = sample as? Tensor {
          try compare([
            ("reconstructions", again.shape, x.shape), ("samples", sample.shape, x.shape),
          ])
        }
      case .usePreservesParameters:
        try preserving(model) {
          _ = model.reconstruct(x)
          _ = model.sample(2, using: &key)
        }
      case .bound: try checkBound(model, observations(8, &key), &key)
      case .samples: try checkSamples(model, x, &key)
      case .sites: try checkSites(model, x, &key)
      case .condition: try checkCondition(model, x, key)
      }
    }
  }

  /// Throws evidence where the model of sequences that `make` gives breaks this law.
  ///
  /// `make` gives equal models for equal keys. The laws draw sequences of different lengths.
  public func check<M: LatentModel<Sequences>>(
    format: SequenceFormat, _ make: (inout RandomKey) throws -> M
  ) throws(LawViolation) {
    try check(observations: { format.sequences($0, &$1) }, make)
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

  private func checkBound<M: LatentModel>(
    _ model: M, _ x: M.Observation, _ key: inout RandomKey
  ) throws {
    var context = Context.inference(key)
    var (elbos, weights): ([[Double]], [[Double]]) = ([], [])
    for _ in 0..<200 {
      let output = model.infer(x, &context)
      let sites = context.sites
      guard let fit = output.logProbability(of: x.value, &context), let kl = sites.divergence,
        let prior = sites.logPrior, let posterior = sites.logPosterior
      else { return }
      elbos.append((fit - kl).value.doubles)
      weights.append((fit + prior - posterior).value.doubles)
    }
    for i in elbos.first?.indices ?? 0..<0 {
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

  /// K codes an example in one pass are distributed as those of K passes.
  private func checkSamples<M: LatentModel>(
    _ model: M, _ x: M.Observation, _ key: inout RandomKey
  ) throws {
    let count = x.rowCount
    func measured(_ samples: Int, _ context: inout Context) throws -> [[Double]] {
      let output = model.infer(x, samples: samples, &context)
      let sites = context.sites
      for site in sites where site.code.shape[0] != count * samples {
        throw Finding(
          "with \(samples) samples of \(count) observations the site '\(site.name)' has \(site.code.shape[0]) codes"
        )
      }
      let seen = output.logProbability(of: x.repeated(samples).value, &context) ?? sites.codes
      let rows = (seen.shape.rank == 1 ? seen : seen.sumPerExample()).value.doubles
      guard rows.count == count * samples else {
        throw Finding(
          "with \(samples) samples log p has \(rows.count) rows, not \(count * samples)")
      }
      return (0..<count).map { Array(rows[($0 * samples)..<(($0 + 1) * samples)]) }
    }
    var context = Context.inference(key)
    try checkRows(model, x, &context)
    let together = try measured(400, &context)
    var apart = [[Double]](repeating: [], count: count)
    for _ in 0..<400 {
      for (row, value) in try measured(1, &context).enumerated() { apart[row] += value }
    }
    for row in 0..<count {
      let ((one, error), (other, spread)) = (average(together[row]), average(apart[row]))
      guard abs(one - other) <= 5 * (error + spread) + 1e-3 * (1 + abs(other)) else {
        throw Finding(
          "400 codes of an observation in one pass give log p(x | z) the mean \(one) ± \(error), one by one \(other) ± \(spread)"
        )
      }
    }
  }

  /// Each of three codes an example in one pass is worth what it is worth alone.
  private func checkRows<M: LatentModel>(
    _ model: M, _ x: M.Observation, _ context: inout Context
  ) throws {
    let (count, samples) = (x.rowCount, 3)
    let output = model.infer(x, samples: samples, &context)
    guard let together = output.logProbability(of: x.repeated(samples).value, &context) else {
      return
    }
    let codes = context.sites.codes.value
    for sample in 0..<samples {
      let rows = Tensor((0..<count).map { $0 * samples + sample }, shape: [count])
      let own = Variable(codes.gathered(rows, along: 0))
      let alone = model.generate(from: own, under: model.condition(of: x), &context)
        .logProbability(of: x.value, &context)
      let expected = together.value.gathered(rows, along: 0)
      guard let alone, alone.value.relativeDistance(from: expected) < 1e-4 else {
        throw Finding(
          "of \(samples) codes an observation in one pass, number \(sample + 1) gives log p(x | z) "
            + "\(expected.doubles), but alone \(alone?.value.doubles ?? [])")
      }
    }
  }

  /// What is given is taken, and what is drawn is told.
  private func checkSites<M: LatentModel>(
    _ model: M, _ x: M.Observation, _ key: inout RandomKey
  ) throws {
    var context = Context.inference(key)
    let stated = model.codeSites
    let drawn = model.inferCodes(x, &context)
    guard stated.map(\.name) == drawn.map(\.name) else {
      throw Finding(
        "the model says that it draws at \(stated.map(\.name)), but draws at \(drawn.map(\.name))")
    }
    for (site, found) in zip(stated, drawn) where found.code.shape.dropFirst() != site.shape {
      throw Finding(
        "codes at '\(site.name)' have the shape \(found.code.shape.dropFirst()), not \(site.shape)")
    }
    let codes = drawn.codes.value
    _ = model.generate(from: Variable(codes), under: model.condition(of: x), &context)
    let distance = context.sites.codes.value.relativeDistance(from: codes)
    guard distance < 1e-6 else {
      throw Finding(
        "codes that are given are not those that the model uses: they differ by \(distance)")
    }
    guard let whole = drawn.divergence?.value else { return }
    for (what, parts) in [
      ("of the sites", drawn.compactMap(\.divergence).reduce(Variable(.zeros(whole.shape)), +)),
      ("of the coordinates", drawn.dividedDivergence?.sumPerExample()),
    ] {
      guard let sum = parts?.value else { continue }
      guard sum.relativeDistance(from: whole) < 1e-4 else {
        throw Finding("the divergences \(what) add up to \(sum.doubles), not to \(whole.doubles)")
      }
    }
  }
}
