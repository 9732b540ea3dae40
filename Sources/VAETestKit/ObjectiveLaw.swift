internal import Layers
public import TensorCore
public import VAECore

/// What an `Objective` over batches of tensors or of sequences has to obey, for each of its players.
public enum ObjectiveLaw: String, CaseIterable, Sendable {
  /// The total is a finite scalar, and every term is `[batch]`.
  case shape
  /// A batch of one works like any other.
  case singleExample
  /// The first player's total is the mean over the batch of reconstruction + weight × kl, and elbo =
  /// -(reconstruction + kl).
  case terms
  /// From the settled step on, a batch's loss does not change with the step.
  case settled
  /// A loss changes with the step through the numbers of the context alone, in whatever order steps
  /// come; these are finite.
  case schedule
  /// The same key gives the same bytes.
  case determinism
  /// A gradient reaches every parameter that a player trains.
  case connection
  /// Gradients are the slopes of the total, in float64, where it stands for no other loss; a captured
  /// pass has the same ones.
  case gradient
  /// On average over noise, gradients are the slopes of the loss that the total stands for, in
  /// float64; a total that stands for itself has nothing more to obey.
  ///
  /// What an estimator does otherwise than its loss is averaged over 64 keys of 128 examples each,
  /// with the same noise for both. Along a direction of each parameter the mean difference of the two
  /// slopes may be five of its standard errors, which chance exceeds once in 200,000 times, and the
  /// rounding of differences. An error that is smaller than that is not seen.
  case meanGradient
  /// A player's pass reaches and moves nobody else's parameters, no two players report one term, and who steps by the first one's
  /// pass has its own loss there.
  case players
  /// What parts charge in a pass is in the total of a player, what they report among its terms.
  case charges
  /// The term by which the best epoch is known is reported, or is one of the measures.
  case monitored
  /// What training moves is a parameter or a buffer, so that it is saved.
  case state

  /// Throws evidence where the objective that `make` gives breaks this law.
  ///
  /// `observations` draws a batch, and `labels` gives its labels, where the objective needs them.
  /// `klWeight` gives the weight at a step; nil says that the total is made otherwise, and then
  /// ``terms`` looks at the elbo alone. `measures` are what a run measures after each epoch. `loss` is
  /// what the total stands for, where it is a surrogate whose value is not the loss. `make` gives
  /// equal objectives for equal keys.
  public func check<O: Objective<Batch<Tensor>>>(
    observations: @escaping (_ count: Int, _ key: inout RandomKey) -> Tensor,
    labels: ((_ count: Int) -> Tensor)? = nil,
    klWeight: ((_ step: Int) -> Double)? = { _ in 1 }, measures: [String] = [],
    standsFor loss: StatedLoss<O> = .total,
    _ make: @escaping (inout RandomKey) throws -> O
  ) throws(LawViolation) {
    try check(
      ObjectiveExamination(
        draw: observations, observations: { $0 }, labels: labels, measures: measures, make: make),
      klWeight, loss)
  }

  /// Throws evidence where the objective over sequences that `make` gives breaks this law.
  ///
  /// The laws draw sequences of different lengths; the rest is as for tensors.
  public func check<O: Objective<Batch<Sequences>>>(
    format: SequenceFormat, labels: ((_ count: Int) -> Tensor)? = nil,
    klWeight: ((_ step: Int) -> Double)? = { _ in 1 }, measures: [String] = [],
    standsFor loss: StatedLoss<O> = .total,
    _ make: @escaping (inout RandomKey) throws -> O
  ) throws(LawViolation) {
    try check(
      ObjectiveExamination(
        draw: { format.packed(format.sequences($0, &$1)) }, observations: format.unpacked,
        labels: labels, measures: measures, make: make), klWeight, loss)
  }

  private func check<O>(
    _ examination: ObjectiveExamination<O>, _ klWeight: ((_ step: Int) -> Double)?,
    _ loss: StatedLoss<O>
  ) throws(LawViolation) {
    try judge(self) {
      switch self {
      case .shape: try examination.shapes(counts: [3, 2])
      case .singleExample: try examination.shapes(counts: [1])
      case .terms: try examination.terms(weight: klWeight)
      case .settled: try examination.settled()
      case .schedule: try examination.schedule()
      case .determinism: try examination.ofEachPlayer { try $0.determinism() }
      case .connection: try examination.ofEachPlayer { try $0.connection() }
      case .gradient:
        try examination.ofEachPlayer { try loss.isTotal ? $0.gradient() : $0.capturedGradient() }
      case .meanGradient: try examination.meanGradient(of: loss)
      case .players:
        try examination.players()
        try examination.lossesTogether()
      case .charges: try examination.charges()
      case .monitored: try examination.monitored()
      case .state: try examination.state()
      }
    }
  }
}
