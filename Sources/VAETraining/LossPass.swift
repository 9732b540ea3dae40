internal import Layers
internal import TensorCore
internal import VAECore

/// An objective at work on batches: the numbers of its loss, and gradients.
///
/// Batches of one shape are captured where the loss does not change with the step, or only by the numbers that the objective
/// states: their steps then cost their kernels and nothing else. The numbers are the same to the last bit.
final class LossPass<O: Objective> where O.Batch: CountedBatch {
  private let objective: O
  /// What gradients are taken of, in their order.
  private let targets: [Parameter]
  private let precision: Precision
  private let capture: Capture
  /// The step from which on losses may be captured.
  let firstCapturableStep: Int
  /// Calls so far.
  private(set) var callCount = 0
  /// Whether the last batch was one whose step can be captured.
  private(set) var isCapturable = true

  /// Passes that share the arena of another run after it, never during it.
  ///
  /// Products read weights and what meets them in the given precision.
  init(
    _ objective: O, gradientsOf targets: [Parameter], precision: Precision = .float32,
    in arena: Arena
  ) {
    self.objective = objective
    self.precision = precision
    // Vectors, such as biases, take part in no product.
    if precision == .bfloat16 {
      for target in targets where target.shape.rank > 1 { target.keepRounded() }
    }
    self.targets = targets
    firstCapturableStep =
      objective.scheduledNumbers(at: 0).isEmpty ? objective.settledStep : 0
    capture = Capture(objective.namedParameters.map(\.parameter), sharing: arena)
  }

  /// Why steps are not captured, if that was found out.
  var obstacle: String? { capture.obstacle }
  /// Calls so far that were kernels and nothing else.
  var replayCount: Int { capture.replayCount }

  /// The loss on a batch; the gradients stand until the next pass.
  func callAsFunction(
    _ batch: O.Batch, step: Int, _ context: Context
  ) -> (loss: BatchLoss, gradients: ArraySlice<Tensor?>) {
    callCount += 1
    let captured = batch.captured
    isCapturable = captured != nil
    let scheduled = objective.scheduledNumbers(at: step).sorted { $0.key < $1.key }
      .map { (name: $0.key, value: Tensor($0.value, dtype: .float64)) }
    var context = context
    for (name, value) in scheduled { context.scheduledNumbers[name] = value }
    let given: (tensors: [Tensor?], names: [String])
    if step >= firstCapturableStep, let captured {
      given = capture.named(
        captured.signature + scheduled.map(\.name.hashValue),
        inputs: captured.tensors + scheduled.map(\.value), key: context.key
      ) {
        run(batch, step, context)
      }
    } else {
      given = run(batch, step, context)
    }
    let (numbers, termsEnd) = (given.tensors, 1 + given.names.count)
    let loss = BatchLoss(
      total: numbers[0]?.total ?? 0, names: given.names, terms: numbers[1..<termsEnd],
      count: batch.count)
    return (loss, numbers[termsEnd...])
  }

  /// The loss, its terms and the gradients, one after the other, with the names of the terms.
  private func run(
    _ batch: O.Batch, _ step: Int, _ context: Context
  ) -> (tensors: [Tensor?], names: [String]) {
    var context = context
    context.precision = precision
    let loss = objective.loss(on: batch, step: step, &context)
    let gradients = targets.isEmpty ? [] : loss.total.gradient(withRespectTo: targets)
    return (
      [loss.total.value] + loss.terms.map { $0.value } + gradients, loss.terms.map(\.key)
    )
  }
}
