public import Layers
public import TensorCore

/// A model with codes, as one function with sites at which it draws: inference, reconstruction and generation are walks through
/// it, told apart by the context.
///
///     func callAsFunction(_ x: Tensor?, _ condition: Blank, _ context: inout Context) -> Bernoulli {
///       let q = x.map { posterior(encoder($0.value, &context), &context).repeated(context.sampleCount) }
///       let z = context.draw("z", prior: prior(condition.rowCount, &context), posterior: q)
///       return likelihood(decoder(z, &context), &context)
///     }
public protocol LatentModel<Observation>: Module {
  /// A batch of observations.
  associatedtype Observation: Rows
  /// What is known beforehand of each row, such as its class; how many rows there are, if nothing else is.
  associatedtype Condition: Rows = Blank
  /// p(x | z).
  associatedtype Output: Distribution where Output.Value == Observation.Value

  /// p(x | codes, condition), whose codes the model draws with ``Layers/Context/draw(_:prior:posterior:)`` from posteriors
  /// that may look at `x`, repeated `context.sampleCount` times; `x` is nil in generation.
  ///
  /// `condition` has the rows of the codes: those of `x`, `context.sampleCount` times each.
  func callAsFunction(
    _ x: Observation?, _ condition: Condition, _ context: inout Context
  ) -> Output
  /// What is known of observations beforehand.
  func condition(of x: Observation) -> Condition
  /// What generation takes of `count` rows where nobody says otherwise, such as each class in turn.
  func typicalCondition(_ count: Int) -> Condition
  /// Draws the codes as ``callAsFunction(_:_:_:)`` does, and need not go on from there; all is left in the context's sites.
  func drawCodes(_ x: Observation?, _ condition: Condition, _ context: inout Context)
  /// What it draws, in order.
  var codeSites: [CodeSite] { get }
  /// The parameters of q(z | x), buffers included; none where the model does not tell them apart.
  var inferenceParameters: [Parameter] { get }
  /// Whether it infers codes of observations; false of a generator, which only writes.
  var infersCodes: Bool { get }
  /// Throws where the model gives `x` no meaning.
  func validate(_ x: Observation) throws(ObservationError)
}

extension LatentModel {
  /// Draws the codes, and works the output out besides.
  public func drawCodes(
    _ x: Observation?, _ condition: Condition, _ context: inout Context
  ) { _ = self(x, condition, &context) }

  /// What one row of generation draws.
  public var codeSites: [CodeSite] {
    var context = Context.inference()
    context.drawing.rule = .prior
    drawCodes(nil, typicalCondition(1), &context)
    return context.drawing.codeSites
  }

  /// None.
  public var inferenceParameters: [Parameter] { [] }

  /// True.
  public var infersCodes: Bool { true }

  /// Accepts every observation.
  public func validate(_ x: Observation) throws(ObservationError) {}
}

extension LatentModel where Condition == Blank {
  /// The number of observations.
  public func condition(of x: Observation) -> Blank { Blank(rowCount: x.rowCount) }
  /// The number of rows.
  public func typicalCondition(_ count: Int) -> Blank { Blank(rowCount: count) }
}

extension LatentModel {
  /// Numbers that the codes of an example have, at all sites together.
  public var latentCount: Int { codeSites.reduce(0) { $0 + $1.shape.count } }

  /// p(x | z) for `samples` codes from the posterior of each observation, whose sites are in the context:
  /// `[batch * samples]` rows, the encoder having run once.
  public func infer(_ x: Observation, samples: Int = 1, _ context: inout Context) -> Output {
    self(x, begin(.posterior, x, samples, &context), &context)
  }

  /// The codes alone of ``infer(_:samples:_:)``: its sites.
  public func inferCodes(
    _ x: Observation, by rule: Drawing.Rule = .posterior, samples: Int = 1,
    _ context: inout Context
  ) -> [Site] {
    drawCodes(x, begin(rule, x, samples, &context), &context)
    return context.sites
  }

  /// p(x | z) for codes from the prior, or those given by the name of their site.
  public func generate(
    _ condition: Condition, given: [String: Variable] = [:], _ context: inout Context
  ) -> Output {
    context.drawing = Drawing()
    context.drawing.rule = .prior
    context.drawing.given = given
    context.drawing.rowCount = condition.rowCount
    context.drawing.format = format
    return self(nil, condition, &context)
  }

  /// p(x | z) for codes `[batch, latentCount]`, those of all sites side by side.
  public func generate(
    from codes: Variable, under condition: Condition? = nil, _ context: inout Context
  ) -> Output {
    generate(
      condition ?? typicalCondition(codes.shape[0]), given: given(codes), &context)
  }

  /// The trained parameters of the part "decoder", in order; none where the model has no such part.
  public var decoderParameters: [Parameter] {
    namedParameters.filter { $0.name.hasPrefix("decoder.") && $0.parameter.isTrainable }
      .map(\.parameter)
  }

  /// The format of its parameters.
  var format: DType {
    namedParameters.first { $0.parameter.value.dtype != .int32 }?.parameter.value.dtype ?? .float32
  }

  private func begin(
    _ rule: Drawing.Rule, _ x: Observation, _ samples: Int, _ context: inout Context
  ) -> Condition {
    precondition(samples > 0, "an example gets at least one code, not \(samples)")
    context.drawing.sites = []
    context.drawing.codeSites = []
    context.drawing.given = [:]
    context.drawing.rule = rule
    context.drawing.sampleCount = samples
    context.drawing.rowCount = x.rowCount * samples
    return condition(of: x).repeated(samples)
  }

  /// Codes of all sites side by side, by the names of the sites.
  private func given(_ codes: Variable) -> [String: Variable] {
    let sites = codeSites
    precondition(
      codes.shape.count == codes.shape[0] * sites.reduce(0) { $0 + $1.shape.count },
      "codes are \(codes.shape), but the model draws \(sites.map { "\($0.name) \($0.shape)" })")
    let flat = codes.flattenedPerExample()
    var start = 0
    var given: [String: Variable] = [:]
    for site in sites {
      let part =
        sites.count == 1 ? flat : flat.sliced(along: 1, start..<(start + site.shape.count))
      given[site.name] = part.reshaped(to: [codes.shape[0]] + site.shape)
      start += site.shape.count
    }
    return given
  }
}

extension [Site] {
  /// The codes of all sites side by side: `[rows, latentCount]`.
  public var codes: Variable { Self.sideBySide(map(\.code)) }

  /// The sum of what each site has, `[rows]`; nil where one has nothing, or there is none.
  func sum(_ part: (Site) -> Variable?) -> Variable? {
    guard let first, var total = part(first) else { return nil }
    for site in dropFirst() {
      guard let next = part(site) else { return nil }
      total = total + next
    }
    return total
  }

  /// KL(q ‖ p) of all sites in nats, `[rows]`; nil where one has none.
  public var divergence: Variable? { sum(\.divergence) }
  /// log p(z) of all sites in nats, `[rows]`; nil where one has no density.
  public var logPrior: Variable? { sum(\.logPrior) }
  /// log q(z | x) of all sites in nats, `[rows]`; nil where one has no density.
  public var logPosterior: Variable? { sum(\.logPosterior) }

  /// The share of each coordinate of all sites in the divergence, `[rows, latentCount]`; nil where one is not divided.
  public var dividedDivergence: Variable? { whole(\.dividedDivergence) }

  /// The posterior's means of all sites side by side, `[rows, latentCount]`; nil where one has no posterior.
  public var posteriorMeans: Variable? { whole(\.posteriorMean) }

  /// The variances of all coordinates under the posterior, side by side, `[rows, latentCount]`; nil where one is not known.
  public var posteriorVariances: Variable? { whole(\.posteriorVariance) }

  private func whole(_ part: (Site) -> Variable?) -> Variable? {
    let parts = compactMap(part)
    return parts.count == count && !isEmpty ? Self.sideBySide(parts) : nil
  }

  private static func sideBySide(_ parts: [Variable]) -> Variable {
    precondition(!parts.isEmpty, "the model drew no codes")
    let flat = parts.map { $0.shape.rank == 2 ? $0 : $0.reshaped(to: [$0.shape[0], -1]) }
    return flat.count == 1 ? flat[0] : .concatenated(flat, along: 1)
  }
}
