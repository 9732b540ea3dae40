public import Layers
internal import TensorCore
public import VAECore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How the gradient of an importance-weighted bound reaches the posterior's parameters.
public enum ImportanceGradient: String, Codable, Sendable, Hashable, CaseIterable {
  /// Through the codes and through log q.
  case reparameterized
  /// Through the codes alone, log q being cut off: of one code an example the same mean with less
  /// noise, of more another mean.
  ///
  /// - Source: Roeder, Wu and Duvenaud, "Sticking the Landing", arXiv:1703.09194, equation 4.
  case stickingTheLanding = "sticking_the_landing"
  /// Through the codes alone, each by its squared weight: the same mean with less noise.
  ///
  /// - Source: Tucker, Lawson, Gu and Maddison, "Doubly Reparameterized Gradient Estimators for Monte
  ///   Carlo Objectives", arXiv:1810.04152, equation 8.
  case doublyReparameterized = "doubly_reparameterized"
}

/// The importance-weighted bound, negated to be minimized: log 1/K Σ p(x, z) / q(z | x) over K codes
/// of each example, averaged over M groups of them, and mixed with the evidence lower bound.
///
/// Reported terms, in nats an example: "bound", what is minimized, negated; "elbo", the mean of log p(x,
/// z) - log q(z | x) over all codes; "kl", that of log q(z | x) - log p(z); "reconstruction", that of
/// -log p(x | z); and what parts of the model charge or report.
///
/// - Source: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders", arXiv:1509.00519,
///   equation 8; MIWAE and CIWAE of Rainforth et al., "Tighter Variational Bounds are Not Necessarily
///   Better", arXiv:1802.04537, equations 10 and 12.
public struct ImportanceWeighted<Model: LatentModel>: Objective {
  /// The model to train.
  public let model: Model
  /// K, the codes of a group.
  public let samples: Int
  /// M, the groups of each example.
  public let groups: Int
  /// β, the share of the evidence lower bound.
  public let elboShare: Double
  /// How gradients reach the posterior.
  public let gradient: ImportanceGradient

  /// The bound of K codes an example; throws where something of the model has no density.
  public init(
    _ model: Model, samples: Int, groups: Int = 1, elboShare: Double = 0,
    gradient: ImportanceGradient = .reparameterized
  ) throws(CompositionError) {
    precondition(samples > 0 && groups > 0, "an example gets at least one code")
    precondition((0...1).contains(elboShare), "a share lies between 0 and 1, not at \(elboShare)")
    try model.requireDensities(for: "an importance-weighted bound")
    self.model = model
    self.samples = samples
    self.groups = groups
    self.elboShare = elboShare
    self.gradient = gradient
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["model": model] }

  public func validate(_ batch: Batch<Model.Observation>) throws(ObservationError) {
    try model.validate(batch.observations)
  }

  public func loss(on batch: Batch<Model.Observation>, _ context: inout Context) -> Loss {
    let x = batch.observations
    let scales = Scales()
    context.drawing.detachesPosteriors = gradient != .reparameterized
    if gradient == .doublyReparameterized { context.drawing.passing = scales.pass }
    let output = model.infer(x, samples: groups * samples, &context)
    guard let fit = output.logProbability(of: x.repeated(groups * samples).value, &context),
      let prior = context.sites.logPrior, let posterior = context.sites.logPosterior
    else {
      preconditionFailure("an importance-weighted bound needs log p(x, z) and log q(z | x)")
    }
    let shape: Shape = [x.rowCount, groups, samples]
    let logs = (fit + (prior - posterior)).reshaped(to: shape)
    let weighted = (logs.logSumExp(along: 2) - log(Double(samples))).mean(along: 1)
    let elbo = logs.mean(along: 2).mean(along: 1)
    let bound = mixed(elbo, weighted)
    var total = -bound.mean()
    if gradient == .doublyReparameterized {
      let own = logs.detached.softmax(along: 2)
      let (one, all) = (1 / Double(groups), 1 / Double(groups * samples))
      // By what the gradient of each code's log weight enters, and by what it reaches the code.
      let enters = own * ((1 - elboShare) * one) + elboShare * all
      let reaches = own.squared() * ((1 - elboShare) * one) + elboShare * all
      scales.values = (reaches / enters).value.reshaped(to: [shape.count])
      total = -(logs * enters).sum(along: 2).sum(along: 1).mean()
    }
    func perExample(_ value: Variable) -> Tensor {
      value.detached.reshaped(to: [x.rowCount, groups * samples]).mean(along: 1).value
    }
    var loss = Loss(
      total: total,
      terms: [
        "reconstruction": perExample(-fit), "kl": perExample(posterior - prior),
        "elbo": elbo.value, "bound": bound.value,
      ])
    loss.collect(from: &context)
    return loss
  }

  private func mixed(_ elbo: Variable, _ weighted: Variable) -> Variable {
    switch elboShare {
    case 0: weighted
    case 1: elbo
    default: elbo * elboShare + weighted * (1 - elboShare)
    }
  }
}

/// What scales the gradients of codes: known only when all of the pass is.
private final class Scales {
  var values: Tensor?

  /// The codes as they are, whose gradients are scaled on their way back.
  func pass(_ codes: Variable) -> Variable {
    Variable(codes.value, inputs: [codes]) { [self] g in
      [
        values.map { scales in
          g
            * scales.reshaped(
              to: Shape([g.shape[0]] + g.shape.dimensions.dropFirst().map { _ in 1 }))
        }
      ]
    }
  }
}

/// Two bounds of one model: the rest of it learns by all codes of an example in one group, what infers
/// them by several groups, whose gradients stay well above their noise.
///
/// - Source: PIWAE of Rainforth et al., arXiv:1802.04537, section 6.
public struct PartiallyImportanceWeighted<Model: LatentModel>: Objective {
  /// The bound by which the posterior learns, of M groups of K codes.
  public let inference: ImportanceWeighted<Model>
  /// The bound by which the rest learns, of one group of M K codes.
  public let generation: ImportanceWeighted<Model>

  /// The bounds of M groups of K codes; throws where something of the model has no density, or where
  /// it does not tell what infers.
  public init(
    _ model: Model, samples: Int, groups: Int,
    gradient: ImportanceGradient = .reparameterized
  ) throws(CompositionError) {
    inference = try ImportanceWeighted(
      model, samples: samples, groups: groups, gradient: gradient)
    generation = try ImportanceWeighted(model, samples: samples * groups)
    guard model.inferenceParameters.contains(where: \.isTrainable) else {
      throw CompositionError(
        incompatible:
          "a partially importance-weighted bound trains what infers apart from the rest, "
          + "and this model does not tell them apart")
    }
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["model": generation.model] }

  public var players: [Player] {
    let model = generation.model
    let inner = model.inferenceParameters
    let own = Set(inner.map(ObjectIdentifier.init))
    return [
      Player(
        "model",
        parameters: model.namedParameters.map(\.parameter).filter {
          !own.contains(ObjectIdentifier($0))
        }), Player("encoder", parameters: inner),
    ]
  }

  public func validate(_ batch: Batch<Model.Observation>) throws(ObservationError) {
    try generation.validate(batch)
  }

  public func loss(on batch: Batch<Model.Observation>, _ context: inout Context) -> Loss {
    guard context.player == "encoder" else { return generation.loss(on: batch, &context) }
    let loss = inference.loss(on: batch, &context)
    // No two players report the same.
    return Loss(
      total: loss.total,
      terms: ["encoder_bound": loss.terms.first { $0.key == "bound" }?.value ?? loss.total.value])
  }
}
