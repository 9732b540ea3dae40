internal import SystemFiles
internal import TensorCore
internal import VAECore

// What keeps a run from going on with numbers that are none.

extension TrainingLoop {
  /// What gradients, which `scale` turns into those of the average loss, are to be multiplied by.
  func clippingScale(
    _ gradients: [Tensor?], _ names: [String], _ scale: Double = 1
  ) throws -> Double {
    guard let limit = options.clipNorm else { return scale }
    let norm = OptimizerPass.squaredNorm(of: gradients).squareRoot() * scale
    try check(norm, gradients, names)
    return scale * min(1, limit / (norm + 1e-6))
  }

  func check(
    _ norm: Double, _ gradients: [Tensor?], _ names: [String], isAfter: Bool = false
  ) throws {
    guard !norm.isFinite else { return }
    let broken = zip(names, gradients).first { $0.1.map { !$0.isFinite } ?? false }
    throw diverged(
      broken.map { "the gradient of \($0.0)" } ?? "the gradients' norm", norm, isAfter: isAfter)
  }

  /// Terms of an epoch can be told apart.
  func checkTerms() throws(TrainingError) {
    var names: Set<String> = []
    for seat in seats {
      for term in seat.averages.sums {
        guard term.exampleCount <= seat.averages.exampleCount, names.insert(term.name).inserted
        else { throw .reportedTwice(term.name) }
      }
    }
  }

  /// Broken in the step that is being taken, or in the last one where `isAfter` it.
  func diverged(_ term: String, _ value: Double, isAfter: Bool = false) -> TrainingError {
    let checkpoint = folder.flatMap { fileExists($0.checkpoint) ? $0.checkpoint : nil }
    return .diverged(
      term, value, step: isAfter ? step : step + 1, epoch: progress.epoch + 1,
      checkpoint: checkpoint)
  }
}
