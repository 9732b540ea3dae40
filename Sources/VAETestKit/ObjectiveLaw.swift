internal import Layers
public import TensorCore
public import VAECore

/// What an `Objective` over batches of tensors or of sequences has to obey.
public enum ObjectiveLaw: String, CaseIterable, Sendable {
  /// The total is a finite scalar, and every term is `[batch]`.
  case shape
  /// A batch of one works like any other.
  case singleExample
  /// The total is the mean over the batch of reconstruction + weight × kl, and elbo =
  /// -(reconstruction + kl).
  case terms
  /// From the settled step on, a batch's loss does not change with the step.
  case settled
  /// Where the objective states numbers that change with the step, they are finite, have the same
  /// names at every step, and are all by which the loss changes.
  case schedule
  /// The same key gives the same bytes.
  case determinism
  /// A gradient reaches every trained parameter.
  case connection
  /// Gradients are the slopes of the total, in float64.
  case gradient

  /// Throws evidence where the objective that `make` gives breaks this law.
  ///
  /// `observations` draws a batch, and `labels` gives its labels, where the objective needs them.
  /// `klWeight` gives the weight at a step; nil says that the total is made otherwise, and then
  /// ``terms`` looks at the elbo alone. `make` gives equal objectives for equal keys.
  public func check<O: Objective<Batch<Tensor>>>(
    observations: @escaping (_ count: Int, _ key: inout RandomKey) -> Tensor,
    labels: ((_ count: Int) -> Tensor)? = nil,
    klWeight: ((_ step: Int) -> Double)? = { _ in 1 },
    _ make: @escaping (inout RandomKey) throws -> O
  ) throws(LawViolation) {
    try check(draw: observations, observations: { $0 }, labels, klWeight, make)
  }

  /// Throws evidence where the objective over sequences that `make` gives breaks this law.
  ///
  /// The laws draw sequences of different lengths; the rest is as for tensors.
  public func check<O: Objective<Batch<Sequences>>>(
    format: SequenceFormat, labels: ((_ count: Int) -> Tensor)? = nil,
    klWeight: ((_ step: Int) -> Double)? = { _ in 1 },
    _ make: @escaping (inout RandomKey) throws -> O
  ) throws(LawViolation) {
    try check(
      draw: { format.packed(format.sequences($0, &$1)) }, observations: format.unpacked, labels,
      klWeight, make)
  }

  /// Checks an objective over observations that rows of numbers stand for.
  private func check<Observations, O: Objective<Batch<Observations>>>(
    draw: @escaping (_ count: Int, _ key: inout RandomKey) -> Tensor,
    observations: @escaping (Tensor) -> Observations, _ labels: ((_ count: Int) -> Tensor)?,
    _ klWeight: ((_ step: Int) -> Double)?,
    _ make: @escaping (inout RandomKey) throws -> O
  ) throws(LawViolation) {
    let examination = Examination { key in
      let objective = try make(&key)
      return Subject(
        module: objective, resultShape: [], inputs: draw, extremes: { _, _ in [] },
        inputIsConnected: false
      ) { x, context in
        let count = x.shape[0]
        let batch = Batch(
          observations: observations(x.value), labels: labels?(count), count: count)
        return objective.loss(on: batch, step: 3, &context).total
      }
    }
    /// With the numbers of another step entered, as a training step enters those of its own.
    func loss(
      _ count: Int, step: Int, afterSettling: Bool = false, entering numbers: [String: Double] = [:]
    ) throws -> Loss {
      var key = RandomKey(seed: 61)
      let objective = try make(&key)
      let step = afterSettling ? objective.settledStep + step : step
      let batch = Batch(
        observations: observations(draw(count, &key)), labels: labels?(count), count: count)
      var context = Context.training(key)
      context.scheduledNumbers = numbers.mapValues { Tensor($0, dtype: .float64) }
      return objective.loss(on: batch, step: step, &context)
    }
    try judge(self) {
      switch self {
      case .shape: for count in [3, 2] { try checkShape(loss(count, step: 0), count) }
      case .singleExample: try checkShape(loss(1, step: 0), 1)
      case .terms:
        for step in [0, 1, 7, 1_000_000] {
          try checkTerms(loss(3, step: step), weight: klWeight?(step), step: step)
        }
      case .settled:
        let settled = try loss(3, step: 0, afterSettling: true).total.value
        for step in [1, 50, 1_000_000] {
          let later = try loss(3, step: step, afterSettling: true).total.value
          guard later == settled else {
            throw Finding(
              "the total is \(settled.item) at the settled step, but \(later.item) "
                + "\(step) steps later")
          }
        }
      case .schedule:
        var key = RandomKey(seed: 61)
        let objective = try make(&key)
        try checkSchedule(of: objective) { try loss(3, step: $0, entering: $1) }
      case .determinism: try examination.determinism()
      case .connection: try examination.connection()
      case .gradient: try examination.gradient()
      }
    }
  }

  private func checkSchedule(
    of objective: some Objective, loss: (_ step: Int, _ numbers: [String: Double]) throws -> Loss
  ) throws {
    let first = objective.scheduledNumbers(at: 0)
    for step in [0, 1, 7, 50, 1_000_000] {
      let numbers = objective.scheduledNumbers(at: step)
      guard numbers.keys == first.keys else {
        throw Finding(
          "the numbers stated at step \(step) are \(numbers.keys.sorted()), at step 0 "
            + "\(first.keys.sorted())")
      }
      if let broken = numbers.first(where: { !$0.value.isFinite }) {
        throw Finding("at step \(step) '\(broken.key)' is \(broken.value)")
      }
      if numbers.isEmpty { continue }
      let own = try loss(step, [:])
      for (way, other) in [
        ("at step 0 with the numbers of step \(step)", try loss(0, numbers)),
        ("at step \(step) with its numbers entered", try loss(step, numbers)),
      ] {
        guard own.total.value == other.total.value,
          own.terms.elementsEqual(other.terms, by: { $0.key == $1.key && $0.value == $1.value })
        else {
          throw Finding(
            "the total is \(own.total.value.item) at step \(step), but \(other.total.value.item) "
              + "\(way), or its terms differ; does the loss read them from the context?")
        }
      }
    }
  }

  private func checkShape(_ loss: Loss, _ count: Int) throws {
    guard loss.total.value.count == 1 else {
      throw Finding("the total of a batch of \(count) has the shape \(loss.total.shape)")
    }
    guard loss.total.value.isFinite else { throw Finding("the total is NaN or infinite") }
    for (name, term) in loss.terms where term.shape != [count] {
      throw Finding("the term '\(name)' of a batch of \(count) has the shape \(term.shape)")
    }
  }

  private func checkTerms(_ loss: Loss, weight: Double?, step: Int) throws {
    func term(_ name: String) throws -> [Double] {
      guard let term = loss.terms.first(where: { $0.key == name }) else {
        throw Finding("there is no term '\(name)'")
      }
      return term.value.doubles
    }
    let (reconstruction, kl) = (try term("reconstruction"), try term("kl"))
    for (i, elbo) in try term("elbo").enumerated() {
      let expected = -(reconstruction[i] + kl[i])
      guard abs(elbo - expected) <= 1e-4 * (1 + abs(expected)) else {
        throw Finding("elbo is \(elbo), but -(reconstruction + kl) is \(expected)")
      }
    }
    guard let weight else { return }
    let expected = average(zip(reconstruction, kl).map { $0 + weight * $1 }).mean
    let total = loss.total.value.item
    guard abs(total - expected) <= 1e-4 * (1 + abs(expected)) else {
      throw Finding(
        "at step \(step) the total is \(total), but reconstruction + \(weight) kl has the mean "
          + "\(expected)")
    }
  }
}
