internal import Layers
internal import TensorCore
internal import VAECore

extension ModelLaw {
  /// Another condition gives another answer, for its own row alone.
  ///
  /// The law holds of generation, where nothing but the condition is known; the condition may act
  /// through the prior, the decoder or both.
  func checkCondition<M: LatentModel>(
    _ model: M, _ x: M.Observation, _ key: RandomKey
  ) throws {
    if M.Condition.self == Blank.self { return }
    let conditions = model.condition(of: x)
    let rows = (0..<x.rowCount).map { conditions.gathered(list([$0])).captured }
    let answers = try answers(model, to: conditions, of: x, key)
    for row in rows.indices {
      guard let other = rows.firstIndex(where: { $0 != rows[row] }) else {
        throw Finding("all observations have one condition; draw some that have different ones")
      }
      var places = Array(rows.indices)
      places[row] = other
      let changed = try self.answers(model, to: conditions.gathered(list(places)), of: x, key)
      guard changed.row(row) != answers.row(row) else {
        throw Finding(
          "with another condition and the same noise row \(row) has the same answer; does the "
            + "model use its condition?")
      }
      for neighbour in rows.indices where neighbour != row {
        let distance = changed.row(neighbour).relativeDistance(from: answers.row(neighbour))
        guard distance < 1e-5 else {
          throw Finding(
            "the answer of row \(neighbour) changes by \(distance) with the condition of row \(row)"
          )
        }
      }
    }
    try checkOrder(model, x, conditions, key)
  }

  /// Rows in another order are answered in that order.
  private func checkOrder<M: LatentModel>(
    _ model: M, _ x: M.Observation, _ conditions: M.Condition, _ key: RandomKey
  ) throws {
    var noise = key
    let codes = model.samplePrior(conditions, using: &noise)
    let order = list(Array((0..<x.rowCount).reversed()))
    let inOrder = try answers(model, to: conditions, of: x, key, given: codes)
    let reversed = try answers(
      model, to: conditions.gathered(order), of: x.gathered(order), key,
      given: codes.gathered(order, along: 0))
    let distance = reversed.relativeDistance(from: inOrder.gathered(order, along: 0))
    guard distance < 1e-4 else {
      throw Finding(
        "codes and conditions in reverse order are not answered in reverse order: the answers "
          + "differ by \(distance)")
    }
  }

  /// What the model makes of each condition, `[rows, ...]`: log p of the observations, or the mean
  /// where there is no density, without what it merely repeats of the condition.
  private func answers<M: LatentModel>(
    _ model: M, to conditions: M.Condition, of x: M.Observation, _ key: RandomKey,
    given codes: Tensor? = nil
  ) throws -> Tensor {
    var context = Context.inference(key)
    let output =
      codes.map { model.generate(from: Variable($0), under: conditions, &context) }
      ?? model.generate(conditions, &context)
    let answer: Tensor
    if let log = output.logProbability(of: x.value, &context) {
      answer = log.value
    } else {
      let known = conditions.captured.tensors
      let told = M.Observation(value: output.mean(&context)).captured.tensors
      let own = told.filter { tensor in !known.contains { $0 == tensor } }
      answer = own.isEmpty ? .zeros([x.rowCount, 1]) : .sideBySide(own)
    }
    guard answer.isFinite else { throw Finding("a condition is answered by NaN or infinity") }
    return answer
  }

  private func list(_ rows: [Int]) -> Tensor { Tensor(rows.map { Int32($0) }, shape: [rows.count]) }
}

extension Tensor {
  fileprivate func row(_ row: Int) -> Tensor { sliced(along: 0, row..<(row + 1)) }
}

extension CapturedBatch {
  fileprivate static func != (one: CapturedBatch, other: CapturedBatch) -> Bool {
    one.signature != other.signature || one.tensors != other.tensors
  }
}
