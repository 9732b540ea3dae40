import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

/// What can be wrong with a part whose running mean feeds the pass that moves it.
private enum BufferFault: CaseIterable {
  case none, movesUnasked, hidesState, steepens
}

/// Features less their running mean, which a training pass moves before it reads it, or after.
private struct Centred: Encoder {
  let base: MinimalEncoder
  let mean = Parameter(.zeros([4]), isTrainable: false)
  let movesFirst: Bool
  let fault: BufferFault
  let odometer = Odometer()

  init(movesFirst: Bool, _ fault: BufferFault = .none, using key: inout RandomKey) {
    base = MinimalEncoder(observationShape: [2, 3, 1], featureCount: 4, using: &key)
    self.movesFirst = movesFirst
    self.fault = fault
  }

  var observationShape: Shape { base.observationShape }
  var featureCount: Int { base.featureCount }
  var parts: KeyValuePairs<String, any ModulePart> { ["base": base, "mean": mean] }

  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    let y = base(x, &context)
    let before = mean.value
    if fault == .movesUnasked ? context.isTraining : context.moves(mean) {
      let share = fault == .hidesState ? 1 / (10 + odometer.next()) : 0.1
      let batch = y.value.sum(along: 0) * (share / Double(y.shape[0]))
      mean.value = mean.value * (1 - share) + batch
    }
    let centred = y - Variable(movesFirst ? mean.value : before)
    guard fault == .steepens, context.isTraining else { return centred }
    return Variable(centred.value, inputs: [centred]) { g in [g * 1.001] }
  }
}

/// An objective over such features, which charges their squares.
private struct CentredObjective: Objective {
  let encoder: Centred

  var parts: KeyValuePairs<String, any ModulePart> { ["encoder": encoder] }

  func loss(on batch: Batch<Tensor>, _ context: inout Context) -> Loss {
    let cost = encoder(Variable(batch.observations), &context).squared().sumPerExample()
    var loss = Loss(total: cost.mean(), terms: ["cost": cost.value])
    loss.collect(from: &context)
    return loss
  }
}

@Suite struct MovedBufferTests {
  @Test(arguments: EncoderLaw.allCases, [true, false])
  func encoder(obeys law: EncoderLaw, movesFirst: Bool) throws {
    try law.check { Centred(movesFirst: movesFirst, using: &$0) }
  }

  @Test(arguments: ObjectiveLaw.allCases.filter { $0 != .terms }, [true, false])
  func objective(obeys law: ObjectiveLaw, movesFirst: Bool) throws {
    try law.check(observations: { $1.normal([$0, 2, 3, 1]) }, standsFor: .term("cost")) {
      CentredObjective(encoder: Centred(movesFirst: movesFirst, using: &$0))
    }
    if law == .gradient {
      try law.check(observations: { $1.normal([$0, 2, 3, 1]) }) {
        CentredObjective(encoder: Centred(movesFirst: movesFirst, using: &$0))
      }
    }
  }

  @Test(arguments: [true, false]) func faultsAreFound(movesFirst: Bool) {
    func verdict(_ law: EncoderLaw, _ fault: BufferFault) -> String? {
      rejecting { try law.check { Centred(movesFirst: movesFirst, fault, using: &$0) } }
    }
    #expect(verdict(.gradient, .movesUnasked) == "EncoderLaw.gradient")
    #expect(verdict(.gradient, .steepens) == "EncoderLaw.gradient")
    #expect(verdict(.determinism, .hidesState) == "EncoderLaw.determinism")
  }
}
