public import Layers
public import TensorCore
public import VAECore

/// A rival that learns to tell codes from those of the prior; the model pays for every code that it can tell.
///
/// Reported terms: "code_adversary", what being told costs, and "code_judge", what the judge's errors cost.
///
/// - Source: Makhzani et al., "Adversarial Autoencoders", arXiv:1511.05644, section 2; in one pass with the reconstruction, as
///   the WAE-GAN of Tolstikhin et al., arXiv:1711.01558, algorithm 1.
public struct CodeAdversary: Penalty {
  /// What being told costs.
  public let weight: Double
  /// The judge: codes to a logit.
  public let judge: Sequential
  private let optimizer: OptimizerOptions

  /// A judge of codes of `latentCount` numbers with hidden layers of rectifiers, trained by Adam.
  public init(
    weight: Double, latentCount: Int, hidden: [Int] = [256], learningRate: Double = 1e-3,
    beta1: Double = 0.9, activation: Activation = .relu, using key: inout RandomKey
  ) {
    self.weight = weight
    judge = Sequential(
      Dense.chain([latentCount] + hidden, activation: activation, using: &key)
        + [Dense(hidden.last ?? latentCount, 1, using: &key)])
    optimizer = .adam(learningRate: learningRate, beta1: beta1)
  }

  public var name: String { "code_adversary" }

  public var parts: KeyValuePairs<String, any ModulePart> { ["judge": judge] }

  public var rivals: [Player] {
    [Player("code_judge", of: judge, optimizer: optimizer, turn: .together)]
  }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let logit = judge(walk.codes, &context)
    var charge = Charge(name, perExample: logit.costOfReal.sumPerExample(), weight: weight)
    let prior = walk.model.priorCodes(for: walk.observation, &context).detached
    let errors = judge(prior, &context).costOfReal + logit.costOfMade
    charge.add(rival: "code_judge", perExample: errors.sumPerExample() * 0.5)
    return charge
  }
}
