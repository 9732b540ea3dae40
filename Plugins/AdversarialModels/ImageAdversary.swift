public import Layers
internal import TensorCore
public import VAECore

/// A judge of the images that an autoencoder makes of those it saw; being told costs the model.
///
/// With an adaptive weight the game pulls the decoder's last layer as strongly as the cost of telling observations does, distances before
/// it among the penalties included: the weight is their slopes' quotient, and no gradient flows through it.
///
/// Reported terms: "image_adversary", what being told costs, "image_judge", what the judge's errors cost, and with an adaptive weight
/// "adversary_weight".
///
/// - Source: Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", arXiv:2112.10752, appendix G; Esser,
///   Rombach and Ommer, "Taming Transformers", arXiv:2012.09841, equation 7 for the weight; the hinge of Lim and Ye,
///   arXiv:1705.02894, for the judge.
public struct ImageAdversary<J: Judge>: Penalty {
  /// What being told costs.
  public let weight: Double
  /// Whether the weight is multiplied by the quotient of slopes.
  public let isAdaptive: Bool
  /// The judge.
  public let judge: J
  private let optimizer: OptimizerOptions?
  /// 0 before the game begins, and 1 from then on; nil where it begins with training.
  private let begun: Scheduled?

  /// A game that begins at a step of the run; the judge steps as the run does unless told otherwise.
  public init(
    _ judge: J, weight: Double, isAdaptive: Bool = true, fromStep: Int = 0,
    optimizer: OptimizerOptions? = nil
  ) {
    self.judge = judge
    self.weight = weight
    self.isAdaptive = isAdaptive
    self.optimizer = optimizer
    begun = fromStep > 0 ? Scheduled(end: 1, from: fromStep) { _ in 0 } : nil
  }

  public var name: String { "image_adversary" }

  public var parts: KeyValuePairs<String, any ModulePart> { ["judge": judge, "begun": begun] }

  public var rivals: [Player] {
    [Player("image_judge", of: judge, optimizer: optimizer, turn: .together)]
  }

  public func check(_ model: some LatentModel) throws(CompositionError) {
    try model.requireTensors(for: "a judge of images")
    guard !isAdaptive || model.lastWeight != nil else {
      throw CompositionError(
        incompatible:
          "an adaptive weight looks at the decoder's last layer, and this model has no part 'decoder' with "
          + "weights; set adaptive to false")
    }
  }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let (observed, made) = walk.pair(&context)
    let fake = judge(made, &context)
    let cost = -fake.logits.mean(along: 1)
    var charge = Charge(name, perExample: cost, weight: 1)
    let begun = begun.map { context[$0, as: cost.dtype] }
    var factor = Variable(Tensor(weight, dtype: cost.dtype))
    if let begun { factor = factor * begun }
    if isAdaptive, context.recordsGradients, let rest = walk.cost,
      let last = walk.model.lastWeight
    {
      factor = factor * Variable(quotient(of: rest, over: cost.mean(), at: last))
      charge.reports.append(
        ("adversary_weight", factor.reshaped(to: [1]).broadcast(to: [walk.count]).value))
    }
    charge.total = charge.total * factor
    let errors =
      judge(observed.detached, &context).cost { (1 - $0).relu() } + fake.cost { ($0 + 1).relu() }
    charge.add(rival: "image_judge", perExample: errors * 0.5)
    if let begun { charge.ofRivals = charge.ofRivals.mapValues { $0 * begun } }
    return charge
  }

  /// ‖∂rest/∂w‖ / (‖∂game/∂w‖ + 1e-4), at most 10,000: a scalar.
  private func quotient(of rest: Variable, over game: Variable, at last: Parameter) -> Tensor {
    func size(_ scalar: Variable) -> Variable {
      let slope = scalar.gradient(withRespectTo: [last])[0]
      return slope.map { Variable($0).squared().sum().squareRoot() }
        ?? Variable(.zeros([], dtype: scalar.dtype))
    }
    return (size(rest) / (size(game) + 1e-4)).clamped(atMost: 1e4).value
  }
}

extension LatentModel {
  /// The weight of the decoder's last layer.
  fileprivate var lastWeight: Parameter? { decoderParameters.last { $0.shape.rank > 1 } }
}
