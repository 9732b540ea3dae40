public import Layers
public import TensorCore
public import VAECore

/// The total correlation of codes, told by a rival: a judge that learns to tell codes from codes whose coordinates were shuffled over
/// the batch, each by itself, and whose logit estimates log q(z) - Σ log q(z_d).
///
/// Reported terms: "total_correlation", its estimate in nats an example, and "shuffle_judge", what the judge's errors cost.
///
/// - Source: Kim and Mnih, "Disentangling by Factorising", arXiv:1802.05983, equation 3 and algorithm 2; the judge is told codes of
///   the same batch shuffled, and has one logit where theirs has two.
public struct DensityRatio: Penalty {
  /// γ, what the total correlation costs.
  public let weight: Double
  /// The judge: codes to a logit.
  public let judge: Sequential
  private let optimizer: OptimizerOptions

  /// A judge of codes of `latentCount` numbers with hidden layers of leaky rectifiers (slope 0.2), trained by Adam with
  /// the paper's decays, 0.5 and 0.9.
  public init(
    weight: Double, latentCount: Int, hidden: [Int] = [1000, 1000, 1000, 1000, 1000],
    learningRate: Double = 1e-4, using key: inout RandomKey
  ) {
    self.weight = weight
    judge = Sequential(
      Dense.chain([latentCount] + hidden, activation: .leakyReLU(slope: 0.2), using: &key)
        + [Dense(hidden.last ?? latentCount, 1, using: &key)])
    optimizer = .adam(learningRate: learningRate, beta1: 0.5, beta2: 0.9)
  }

  public var name: String { "density_ratio" }

  public var parts: KeyValuePairs<String, any ModulePart> { ["judge": judge] }

  public var rivals: [Player] {
    [Player("shuffle_judge", of: judge, optimizer: optimizer, turn: .together)]
  }

  public func check(_ model: some LatentModel) throws(CompositionError) {
    guard model.latentCount > 1 else {
      throw CompositionError(
        incompatible:
          "a total correlation is between codes, and the model has only one; take more, as in latent: 10"
      )
    }
  }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let codes = walk.codes
    let order = context.key.columnOrders(rows: codes.shape[0], columns: codes.shape[1])
    return charge(for: codes, shuffledBy: order, &context)
  }

  /// What codes `[batch, latentCount]` cost, and what the judge's errors, who is also told those at the places `order` of all of them.
  package func charge(
    for codes: Variable, shuffledBy order: Tensor, _ context: inout Context
  ) -> Charge {
    let shuffled = codes.value.reshaped(to: [-1]).gathered(order, along: 0).reshaped(
      to: codes.shape)
    let logit = judge(codes, &context)
    var charge = Charge("total_correlation", perExample: logit.sumPerExample(), weight: weight)
    let errors = logit.costOfReal + judge(Variable(shuffled), &context).costOfMade
    charge.add(rival: "shuffle_judge", perExample: errors.sumPerExample() * 0.5)
    return charge
  }
}
