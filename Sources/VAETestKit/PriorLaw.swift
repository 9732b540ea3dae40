internal import Layers
public import TensorCore
public import VAECore

/// What a `Prior` has to obey; the prior under test has one or two latent dimensions.
public enum PriorLaw: String, CaseIterable, Sendable {
  /// Samples are `[count, latentCount]`; log p and divergences are `[batch]`.
  case shape
  /// The density of all codes adds up to one.
  case normalization
  /// Samples are distributed as log p says.
  case sampling
  /// The same key gives the same bytes.
  case determinism
  /// A code's log p does not depend on the batch it is in.
  case batchIndependence
  /// The divergence of a posterior is the mean of log q - log p over its codes.
  case divergence
  /// The divergence is never negative, within the error of an estimate.
  case nonnegativity
  /// The divergence of a posterior equal to the prior is zero.
  case zeroAtPrior
  /// The shares of the dimensions, where there are any, add up to the divergence.
  case divergencePerDimension
  /// A gradient reaches every trained parameter and the codes.
  case connection
  /// Gradients are the slopes of log p, in float64.
  case gradient

  /// Throws evidence where the prior that `make` gives breaks this law.
  ///
  /// `posteriors` makes a batch of varied posteriors; `equalToPrior` one of posteriors that are the
  /// prior, where the family has such (without it ``zeroAtPrior`` holds). `make` gives equal priors
  /// for equal keys.
  public func check<P: Prior, Q: Distribution<Variable>>(
    posteriors: @escaping (_ count: Int, _ key: inout RandomKey) -> Q,
    equalToPrior: ((_ count: Int) -> Q)? = nil,
    _ make: @escaping (inout RandomKey) throws -> P
  ) throws(LawViolation) where P.Value == Variable {
    let laboratory = Laboratory(posteriors: posteriors, make: make)
    try judge(self) {
      switch self {
      case .shape:
        try laboratory.shapes()
        try laboratory.examination.shape(counts: [3, 1])
      case .normalization: try laboratory.density().checkNormalization()
      case .sampling: try laboratory.density().checkSampling()
      case .determinism:
        try laboratory.examination.determinism()
        try laboratory.sampleDeterminism()
      case .batchIndependence: try laboratory.examination.batchIndependence()
      case .divergence: try laboratory.divergence()
      case .nonnegativity: try laboratory.nonnegativity()
      case .zeroAtPrior: if let equalToPrior { try laboratory.zero(at: equalToPrior(500)) }
      case .divergencePerDimension: try laboratory.divergencePerDimension()
      case .connection: try laboratory.examination.connection()
      case .gradient: try laboratory.examination.gradient()
      }
    }
  }
}

/// What the laws do to a prior.
private struct Laboratory<P: Prior, Q: Distribution<Variable>>
where P.Value == Variable {
  let posteriors: (_ count: Int, _ key: inout RandomKey) -> Q
  let make: (inout RandomKey) throws -> P

  private func sample(_ prior: P, _ count: Int, _ key: inout RandomKey) -> Tensor {
    var context = Context.inference(key)
    defer { key = context.key }
    return prior(count, &context).sample(&context).value
  }

  /// What a model finds where a posterior and the prior meet.
  private func meet(_ q: Q, _ prior: P, _ context: inout Context) -> Site {
    context.drawing = Drawing()
    let count = q.mean(&context).shape[0]
    _ = context.draw("z", prior: prior(count, &context), posterior: q)
    return context.sites[0]
  }

  private func prior() throws -> P {
    var key = RandomKey(seed: 41)
    return try make(&key)
  }

  var examination: Examination {
    Examination { key in
      let prior = try make(&key)
      let latentCount = prior.latentCount
      return Subject(
        module: prior, resultShape: [], inputs: { $1.normal([$0, latentCount]) },
        extremes: { _, _ in [] }, inputIsConnected: true
      ) { prior($0.shape[0], &$1).density(of: $0, &$1) }
    }
  }

  func shapes() throws {
    let prior = try prior()
    var key = RandomKey(seed: 42)
    for count in [5, 1] {
      let samples = sample(prior, count, &key)
      guard samples.shape == [count, prior.latentCount] else {
        throw Finding(
          "\(count) samples have the shape \(samples.shape), not [\(count), \(prior.latentCount)]")
      }
      let q = posteriors(count, &key)
      var context = Context.training(key)
      let site = meet(q, prior, &context)
      guard let divergence = site.divergence else {
        throw Finding("there is no divergence, and no densities to make one of")
      }
      guard divergence.shape == [count] else {
        throw Finding(
          "the divergence of \(count) posteriors has the shape \(divergence.shape), not [\(count)]")
      }
    }
  }

  func density() throws -> DensityCheck {
    let prior = try prior()
    guard (1...2).contains(prior.latentCount) else {
      throw Finding("sums over all codes need one or two latent dimensions")
    }
    var key = RandomKey(seed: 43)
    return DensityCheck(
      name: "the prior", samples: sample(prior, 20_000, &key), accepts: { _ in true }
    ) { codes in
      var context = Context.inference()
      return prior(codes.shape[0], &context).density(of: Variable(codes), &context).value
    }
  }

  func sampleDeterminism() throws {
    let prior = try prior()
    let key = RandomKey(seed: 44)
    var (one, other) = (key, key)
    guard sample(prior, 7, &one) == sample(prior, 7, &other) else {
      throw Finding("two samples drawn with one key differ")
    }
  }

  /// For each of several posteriors: the stated divergence, and the estimates it is the mean of.
  private func divergences(of q: Q, draws: Int, _ prior: P) -> [(
    stated: [Double], estimates: [Double]
  )] {
    var context = Context.inference(RandomKey(seed: 45))
    var rows: [(stated: [Double], estimates: [Double])] = []
    for _ in 0..<draws {
      let site = meet(q, prior, &context)
      guard let log = site.logPosterior, let logPrior = site.logPrior,
        let stated = site.divergence?.value.doubles
      else { continue }
      if rows.isEmpty { rows = stated.map { _ in ([], []) } }
      for (i, pair) in zip(stated, (log - logPrior).value.doubles).enumerated() {
        rows[i].stated.append(pair.0)
        rows[i].estimates.append(pair.1)
      }
    }
    return rows
  }

  func divergence() throws {
    var key = RandomKey(seed: 46)
    let rows = divergences(of: posteriors(6, &key), draws: 4000, try prior())
    for (i, row) in rows.enumerated() {
      let ((stated, error), (estimate, spread)) = (average(row.stated), average(row.estimates))
      guard abs(stated - estimate) <= 5 * (error + spread) + 1e-3 * (1 + abs(estimate)) else {
        throw Finding(
          "the divergence of posterior \(i) is said to be \(stated), but log q - log p has the "
            + "mean \(estimate) ± \(spread) over 4000 codes")
      }
    }
  }

  func nonnegativity() throws {
    var key = RandomKey(seed: 47)
    let rows = divergences(of: posteriors(50, &key), draws: 400, try prior())
    for (i, row) in rows.enumerated() {
      let (stated, error) = average(row.stated)
      guard stated >= -5 * error - 1e-4 else {
        throw Finding("the divergence of posterior \(i) is \(stated) ± \(error), below zero")
      }
    }
  }

  func zero(at q: Q) throws {
    let rows = divergences(of: q, draws: 4, try prior())
    let (mean, error) = average(rows.flatMap(\.stated))
    guard abs(mean) <= 5 * error + 1e-4 else {
      throw Finding(
        "the divergence of a posterior equal to the prior is \(mean) ± \(error), not zero")
    }
  }

  func divergencePerDimension() throws {
    let prior = try prior()
    var key = RandomKey(seed: 48)
    let q = posteriors(6, &key)
    var context = Context.inference(key)
    let site = meet(q, prior, &context)
    guard let shares = site.dividedDivergence?.value, let whole = site.divergence?.value else {
      return
    }
    guard shares.shape == [6, prior.latentCount] else {
      throw Finding(
        "the shares of the dimensions have the shape \(shares.shape), not [6, \(prior.latentCount)]"
      )
    }
    let distance = shares.sum(along: 1).relativeDistance(from: whole)
    guard distance < 1e-4 else {
      throw Finding(
        "the shares of the dimensions add up to \(shares.sum(along: 1).doubles), but the divergence "
          + "is \(whole.doubles)")
    }
  }
}
