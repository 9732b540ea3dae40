public import Layers
public import TensorCore

/// How a walk through a model draws its codes, and what it drew.
public struct Drawing {
  /// Where codes come from.
  public enum Rule: Sendable { case posterior, posteriorMean, prior }

  /// Where codes come from.
  public var rule = Rule.posterior
  /// K, the codes that each example gets: conditions are repeated so often, and the model repeats its posteriors.
  public var sampleCount = 1
  /// Codes `[rows] + shape` by the name of their site, which are taken instead of drawn.
  public var given: [String: Variable] = [:]
  /// Whether log q(z | x) is asked of posteriors cut off from the tape, so that gradients reach them through the codes alone.
  ///
  /// - Source: Roeder, Wu and Duvenaud, "Sticking the Landing", arXiv:1703.09194.
  public var detachesPosteriors = false
  /// What drawn codes go through before they are used and measured, such as one that scales their gradients.
  public var passing: ((Variable) -> Variable)?
  /// Where codes were drawn so far.
  public internal(set) var sites: [Site] = []
  /// What the model can draw, where that was asked for.
  var codeSites: [CodeSite] = []
  /// The format of the model, which codes of a prior take that reads no parameters.
  var format = DType.float32
  /// How many rows codes have; nil where nobody said.
  var rowCount: Int?

  /// Codes from the posterior, one an example.
  public init() {}
}

private enum DrawingKey: ContextKey {
  static var initial: Drawing { Drawing() }
}

extension Context {
  /// How this pass draws codes, and what it drew.
  public var drawing: Drawing {
    get { self[DrawingKey.self] }
    set { self[DrawingKey.self] = newValue }
  }

  /// K: how often a model repeats the posteriors that it makes of an observation, `q.repeated(context.sampleCount)`.
  public var sampleCount: Int { drawing.sampleCount }

  /// Where codes were drawn so far, in order.
  public var sites: [Site] { drawing.sites }

  /// The code at one of a model's sites: from the posterior while the pass infers and there is one, else from the prior.
  public mutating func draw<V: Code, P: Distribution<V>, Q: Distribution<V>>(
    _ site: String, prior p: P, posterior q: Q?
  ) -> V {
    precondition(
      !drawing.sites.contains { $0.name == site }, "the model draws twice at the site '\(site)'")
    let code = place(site, p, q)
    let (rows, shape) = (code.numbers.shape[0], code.numbers.shape.dropFirst())
    precondition(
      rows == drawing.rowCount ?? rows,
      "the codes at '\(site)' have \(rows) rows where the pass has \(drawing.rowCount ?? rows); a model repeats "
        + "its posteriors: q.repeated(context.sampleCount)")
    drawing.codeSites.append(
      CodeSite(name: site, shape: shape, posterior: Q.self, prior: P.self))
    return code
  }

  private mutating func place<V: Code, P: Distribution<V>, Q: Distribution<V>>(
    _ site: String, _ p: P, _ q: Q?
  ) -> V {
    var known = Site.Knowledge()
    if let numbers = drawing.given[site] {
      let code = V(numbers: numbers)
      known.logPrior = log(p, of: code)
      drawing.sites.append(Site(site, code: code.numbers, known))
      return code
    }
    guard let q, drawing.rule != .prior else {
      let code = inFormat(p.sample(&self))
      known.logPrior = log(p, of: code)
      drawing.sites.append(Site(site, code: code.numbers, known))
      return code
    }
    if drawing.rule == .posteriorMean {
      let code = q.mean(&self)
      drawing.sites.append(Site(site, code: code.numbers, known))
      return code
    }
    let drawn = q.draw(against: p.law, &self)
    let code = drawing.passing.map { V(numbers: $0(drawn.value.numbers)) } ?? drawn.value
    known.logPrior = log(p, of: code)
    known.closed = { drawn.divergence ?? q.divergence(from: p) }
    known.logPosterior = logPosterior(q, drawn, of: code)
    known.divided = { Self.divided(q, p, at: code) }
    let start = self
    known.logPosteriors = { Self.logPosteriors(q, of: $0, start) }
    known.posteriorMean = {
      var context = start
      return q.mean(&context).numbers
    }
    known.posteriorVariance = {
      var context = start
      return q.variance(&context)?.numbers
    }
    known.dividedLogPosteriors = { codes in (q as? any Factorized)?.dividedPairs(with: codes) }
    drawing.sites.append(Site(site, code: code.numbers, known))
    return code
  }

  private func inFormat<V: Code>(_ code: V) -> V {
    let numbers = code.numbers
    guard drawing.format == .float64, numbers.dtype == .float32 else { return code }
    return V(numbers: Variable(numbers.value.converted(to: .float64)))
  }

  /// log q of the code that was drawn: as the draw states it, unless gradients are to go another way than through the draw.
  private func logPosterior<V: Code>(
    _ q: some Distribution<V>, _ drawn: Draw<V>, of code: V
  ) -> () -> Variable? {
    if drawing.detachesPosteriors { return log(q.detached, of: code) }
    let ofAny = log(q, of: code)
    guard let own = drawn.logProbability else { return ofAny }
    return drawing.passing == nil ? { own() } : { ofAny() ?? own() }
  }

  private func log<V>(_ d: some Distribution<V>, of code: V) -> () -> Variable? {
    let start = self
    return {
      var context = start
      return d.logProbability(of: code, &context)
    }
  }

  /// log q - log p of each coordinate, where both have independent ones.
  private static func divided<V: Code>(
    _ q: some Distribution<V>, _ p: some Distribution<V>, at code: V
  ) -> Variable? {
    guard let q = q as? any Factorized, let p = p as? any Factorized else { return nil }
    let numbers = code.numbers
    return (q.logProbabilities(of: numbers) - p.logProbabilities(of: numbers))
      .flattenedPerExample()
  }

  private static func logPosteriors<V: Code>(
    _ q: some Distribution<V>, of codes: Variable, _ start: Context
  ) -> Variable? {
    if let q = q as? any Factorized { return q.pairs(with: codes) }
    var context = start
    let count = codes.shape[0]
    let each = q.repeated(count)
    // As many copies of all codes, one after the other, as there are posteriors.
    var rows = 0
    _ = q.mapParameters {
      rows = $0.shape[0]
      return $0
    }
    let all = Variable.concatenated(Array(repeating: codes, count: max(rows, 1)), along: 0)
    return each.logProbability(of: V(numbers: all), &context)?.reshaped(to: [rows, count])
  }
}

extension Factorized {
  /// log p of each code under each distribution: `[batch, count]`.
  func pairs(with codes: Variable) -> Variable { dividedPairs(with: codes).sum(along: 2) }

  /// The share of each coordinate in it: `[batch, count, coordinates]`.
  func dividedPairs(with codes: Variable) -> Variable {
    let logs = mapParameters { $0.expanded(at: 1) }.logProbabilities(of: codes.expanded(at: 0))
    return logs.reshaped(to: [logs.shape[0], logs.shape[1], -1])
  }
}
