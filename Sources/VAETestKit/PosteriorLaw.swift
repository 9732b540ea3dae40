internal import Layers
public import TensorCore
public import VAECore

/// What a `Posterior` has to obey; the one under test has one or two latent dimensions.
public enum PosteriorLaw: String, CaseIterable, Sendable {
  /// Means and samples are `[batch, latentCount]`, log q is `[batch]`.
  case shape
  /// A batch of one works like any other.
  case singleExample
  /// The density of all codes adds up to one.
  case normalization
  /// Samples are distributed as log q says.
  case sampling
  /// The stated mean is that of the samples.
  case mean
  /// An observation gets alone the distribution it gets in a batch, in inference.
  case batchIndependence
  /// The same key gives the same bytes.
  case determinism
  /// Making the distribution in inference changes no parameter, draws no random numbers and records
  /// nothing.
  case inferenceIsPure
  /// A gradient reaches every trained parameter and the features.
  case connection
  /// Gradients through samples and log q are their slopes, in float64.
  case gradient
  /// Large features give finite means, samples and log q.
  case finiteness
  /// What is said of a draw is so: its log q is that of any code of the same value, and its divergence from a law the mean of log q -
  /// log p.
  case draws
  /// The distributions of repeated parameters are the distributions, repeated: K samples in one pass are K samples.
  case repetition

  /// Throws evidence where the posterior that `make` gives breaks this law.
  ///
  /// `make` gives equal posteriors for equal keys. Of a posterior that tells log q of its own samples alone the laws ask that; of one
  /// without any density, that it says so.
  public func check<Q: Posterior>(
    _ make: @escaping (inout RandomKey) throws -> Q
  ) throws(LawViolation) where Q.Value == Variable {
    let laboratory = Laboratory(make: make)
    try judge(self) {
      let tells = try laboratory.tellsDensity()
      let all: [Aspect] = [.mean, .sample] + (tells ? [.logProbability] : [])
      switch self {
      case .shape:
        try laboratory.shapes()
        try laboratory.examination(of: all).shape(counts: [3, 2])
      case .singleExample: try laboratory.examination(of: all).shape(counts: [1])
      case .normalization, .sampling:
        guard tells else { return try laboratory.ownSamples() }
        try laboratory.forEachDensity { density, _ in
          try self == .sampling ? density.checkSampling() : density.checkNormalization()
        }
      case .mean: try laboratory.forEachDensity { try $0.checkMean($1) }
      case .batchIndependence:
        try laboratory.examination(of: all.filter { $0 != .sample }).batchIndependence()
      case .determinism: try laboratory.examination(of: [.mean, .sample]).determinism()
      case .inferenceIsPure:
        try laboratory.examination(of: all.filter { $0 != .sample }).inferenceIsPure()
      case .connection: try laboratory.examination(of: all.filter { $0 != .mean }).connection()
      case .gradient: try laboratory.examination(of: all).gradient()
      case .finiteness: try laboratory.examination(of: all).finiteness()
      case .draws: try laboratory.draws()
      case .repetition: try laboratory.repetition()
      }
    }
  }
}

/// A column block of the examined result.
private enum Aspect { case mean, sample, logProbability }

/// What the laws do to a posterior.
private struct Laboratory<Q: Posterior> where Q.Value == Variable {
  let make: (inout RandomKey) throws -> Q

  func examination(of aspects: [Aspect]) -> Examination {
    Examination { key in
      let posterior = try make(&key)
      let (featureCount, latentCount) = (posterior.featureCount, posterior.latentCount)
      let width = aspects.reduce(0) { $0 + ($1 == .logProbability ? 1 : latentCount) }
      return Subject(
        module: posterior, resultShape: [width], inputs: { $1.normal([$0, featureCount]) },
        extremes: { count, key in
          let features = key.normal([count, featureCount])
          return [0, 10].map { features * $0 }
        }, inputIsConnected: true
      ) { features, context in
        let q = posterior(features, &context)
        let count = features.shape[0]
        let fixed = Tensor(repeating: 0.3, shape: [count, latentCount], dtype: features.dtype)
        let columns = aspects.map { aspect in
          switch aspect {
          case .mean: q.mean(&context)
          case .sample: q.sample(&context)
          case .logProbability:
            q.density(of: Variable(fixed), &context).reshaped(to: [count, 1])
          }
        }
        return Variable.concatenated(columns, along: 1)
      }
    }
  }

  private func distributions(_ count: Int) throws -> (posterior: Q, features: Tensor) {
    var key = RandomKey(seed: 51)
    let posterior = try make(&key)
    return (posterior, key.normal([count, posterior.featureCount]))
  }

  func shapes() throws {
    let (posterior, features) = try distributions(3)
    var context = Context.inference()
    let q = posterior(Variable(features), &context)
    let sample = q.sample(&context)
    for (what, shape) in [("the mean", q.mean(&context).shape), ("a sample", sample.shape)]
    where shape != [3, posterior.latentCount] {
      throw Finding("\(what) of a batch of 3 has the shape \(shape), not [3, latentCount]")
    }
    guard try tellsDensity() else { return }
    let log = q.density(of: sample, &context).shape
    guard log == [3] else { throw Finding("log q of a batch of 3 has the shape \(log), not [3]") }
  }

  /// Calls `body` with q(z | features) and its stated mean, for several features.
  func forEachDensity(_ body: (DensityCheck, [Double]) throws -> Void) throws {
    let (posterior, features) = try distributions(3)
    guard (1...2).contains(posterior.latentCount) else {
      throw Finding("sums over all codes need one or two latent dimensions")
    }
    func distribution(_ row: Int, _ count: Int) -> Q.Output {
      var context = Context.inference()
      return posterior(Variable(features.repeating(row: row, count: count)), &context)
    }
    for row in 0..<3 {
      var context = Context.inference(RandomKey(seed: 52))
      let density = DensityCheck(
        name: "the posterior of example \(row)",
        samples: distribution(row, 20_000).sample(&context).value, accepts: { _ in true }
      ) { distribution(row, $0.shape[0]).density(of: Variable($0), &context).value }
      try body(density, distribution(row, 1).mean(&context).value.doubles)
    }
  }

  /// Whether log q is told of any code.
  func tellsDensity() throws -> Bool {
    let (posterior, features) = try distributions(1)
    var context = Context.inference()
    let code = Variable(.zeros([1] + posterior.codeShape))
    return posterior(Variable(features), &context).logProbability(of: code, &context) != nil
  }

  /// What a posterior says of its own samples alone is a density.
  ///
  /// Over them, the density of a narrower Gaussian divided by it has the mean 1. One that has none says so.
  func ownSamples() throws {
    let (posterior, features) = try distributions(1)
    var context = Context.inference(RandomKey(seed: 55))
    let many = Variable(features.repeating(row: 0, count: 20_000))
    let drawn = posterior(many, &context).draw(against: nil, &context)
    guard let log = drawn.logProbability?().value else {
      guard !Q.Output.hasDensity else {
        throw Finding("there is no log q, of any code or of a draw; is hasDensity to be false?")
      }
      return
    }
    guard Q.Output.hasDensity else {
      throw Finding("a draw has a log q, but hasDensity is false")
    }
    let codes = Variable(drawn.value.value.reshaped(to: [20_000, -1]))
    let center = codes.mean(along: 0)
    let spread = ((codes - center).squared().mean(along: 0) * 0.25).squareRoot()
    let narrow =
      ((((codes - center) / spread).squared() + 1.8378770664093453) * -0.5 - spread.log())
      .sumPerExample()
    let ratios = (narrow - Variable(log)).exp().value.doubles
    let (mass, error) = average(ratios)
    guard abs(mass - 1) <= 5 * error + 0.01 else {
      throw Finding(
        "a Gaussian within the posterior, over what a draw says is its density, has the mean \(mass) ± \(error) over the draws, not 1"
      )
    }
  }

  /// Draws measure themselves, against N(0, I) and without a law, as anybody else would.
  func draws() throws {
    let (posterior, features) = try distributions(4)
    for law in [nil, Law.standardNormal] {
      var context = Context.inference(RandomKey(seed: 53))
      let q = posterior(Variable(features), &context)
      var (stated, estimates): ([[Double]], [[Double]]) = ([], [])
      for _ in 0..<2000 {
        let drawn = q.draw(against: law, &context)
        guard
          let log = (q.logProbability(of: drawn.value, &context) ?? drawn.logProbability?())?.value
        else { return }
        if let own = drawn.logProbability?().value {
          let distance = own.relativeDistance(from: log)
          guard distance < 1e-4 else {
            throw Finding(
              "log q of a draw is said to be \(own.doubles), but of the same codes it is \(log.doubles)"
            )
          }
        }
        if let divergence = drawn.divergence?.total.value {
          let prior = ((Variable(drawn.value.value).squared() + 1.8378770664093453) * -0.5)
            .sumPerExample().value
          stated.append(divergence.doubles)
          estimates.append((log - prior).doubles)
        }
      }
      for row in stated.first?.indices ?? 0..<0 {
        let ((kl, error), (mean, spread)) = (
          average(stated.map { $0[row] }), average(estimates.map { $0[row] })
        )
        guard abs(kl - mean) <= 5 * (error + spread) + 1e-3 * (1 + abs(mean)) else {
          throw Finding(
            "the divergence of a draw from N(0, I) is said to be \(kl), but log q - log p has the mean \(mean) ± \(spread)"
          )
        }
      }
    }
  }

  /// Three of each, one after the other.
  func repetition() throws {
    let (posterior, features) = try distributions(4)
    var context = Context.inference(RandomKey(seed: 54))
    let q = posterior(Variable(features), &context)
    let each = q.repeated(3)
    let rows = Tensor((0..<12).map { $0 / 3 }, shape: [12])
    let codes = Variable(context.key.normal([12] + posterior.codeShape))
    let expected = posterior(Variable(features.gathered(rows, along: 0)), &context)
    var pairs = [("means", each.mean(&context), expected.mean(&context))]
    if try tellsDensity() {
      pairs.append(
        ("log q", each.density(of: codes, &context), expected.density(of: codes, &context)))
    }
    for (what, mine, other) in pairs {
      let distance = mine.value.relativeDistance(from: other.value)
      guard distance < 1e-4 else {
        throw Finding(
          "repeated three times, the distributions have other \(what) than three of each: they differ by \(distance)"
        )
      }
    }
  }
}
