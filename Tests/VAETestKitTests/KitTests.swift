import ELBOObjective
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

/// Runs a check that has to fail, and tells which law said so.
func rejecting(_ check: () throws -> Void) -> String? {
  do { try check() } catch let violation as LawViolation { return violation.law } catch {}
  return nil
}

private func posteriors(_ count: Int, _ key: inout RandomKey) -> MinimalDistribution {
  MinimalDistribution(mean: Variable(key.normal([count, 2])))
}

private func prior(_ count: Int) -> MinimalDistribution {
  MinimalDistribution(mean: Variable(.zeros([count, 2])))
}

/// For every law, a component that is right but for one thing.
@Suite struct KitRejects {
  @Test(arguments: EncoderLaw.allCases) func encoder(thatBreaks law: EncoderLaw) throws {
    let fault = try #require(Fault(rawValue: law.rawValue))
    #expect(rejecting { try law.check { BrokenEncoder(fault, using: &$0) } } == "EncoderLaw.\(law)")
  }

  @Test(arguments: DecoderLaw.allCases) func decoder(thatBreaks law: DecoderLaw) throws {
    let fault = try #require(Fault(rawValue: law.rawValue))
    #expect(rejecting { try law.check { BrokenDecoder(fault, using: &$0) } } == "DecoderLaw.\(law)")
  }

  @Test(arguments: LikelihoodLaw.allCases) func likelihood(thatBreaks law: LikelihoodLaw) {
    #expect(
      rejecting { try law.check { _ in BrokenLikelihood(law: law) } } == "LikelihoodLaw.\(law)")
  }

  @Test(arguments: PriorLaw.allCases) func aPrior(thatBreaks law: PriorLaw) {
    let seen = rejecting {
      try law.check(
        posteriors: { misled(law, posteriors($0, &$1).mean) },
        equalToPrior: { misled(law, prior($0).mean) }
      ) { _ in BrokenPrior(law: law) }
    }
    #expect(seen == "PriorLaw.\(law)")
  }

  @Test(arguments: PosteriorLaw.allCases) func posterior(thatBreaks law: PosteriorLaw) {
    #expect(
      rejecting { try law.check { BrokenPosterior(law, using: &$0) } } == "PosteriorLaw.\(law)")
  }

  @Test(arguments: ObjectiveLaw.allCases) func objective(thatBreaks law: ObjectiveLaw) {
    let seen = rejecting {
      try law.check(
        observations: { $1.normal([$0, 3]) },
        standsFor: law == .meanGradient ? .term("elbo", times: -1) : .total
      ) { _ in BrokenObjective(law: law) }
    }
    #expect(seen == "ObjectiveLaw.\(law)")
  }

  @Test func surrogates() {
    let law = ObjectiveLaw.meanGradient
    let draw = { (count: Int, key: inout RandomKey) in key.normal([count, 3]) * 0.3 + 2 }
    let coins = rejecting {
      try law.check(observations: draw, standsFor: Coins.exact) { _ in Coins(tossesAgain: true) }
    }
    let landing = rejecting {
      try law.check(
        observations: { $1.normal([$0, 2, 1, 1]) }, standsFor: .term("bound", times: -1)
      ) { try StickingTheLanding(samples: 8, using: &$0) }
    }
    // A term that nobody reports is a mistake of the test's.
    let name = rejecting {
      try law.check(observations: draw, standsFor: .term("costs")) { _ in Coins() }
    }
    #expect([coins, landing, name] == Array(repeating: "ObjectiveLaw.meanGradient", count: 3))
  }

  @Test(arguments: ModuleLaw.allCases) func module(thatBreaks law: ModuleLaw) {
    #expect(rejecting { try law.check { BrokenModule(law, using: &$0) } } == "ModuleLaw.\(law)")
  }

  @Test(arguments: ModelLaw.allCases) func model(thatBreaks law: ModelLaw) {
    let draw = { (count: Int, key: inout RandomKey) in key.normal([count, 2, 1, 1]) }
    let seen = rejecting {
      if law == .condition {
        try law.check(observations: draw) {
          BrokenModel(law, try ConditionedModel(using: &$0))
        }
      } else {
        try law.check(observations: draw) {
          BrokenModel(law, try minimalModel(law, using: &$0))
        }
      }
    }
    #expect(seen == "ModelLaw.\(law)")
  }

  /// Those of the next row, of all rows, of the first row, and what the place of a row adds.
  @Test func conditionsOfOtherRows() {
    let first = Tensor([0, 0, 0] as [Int32], shape: [3])
    let hearings: [(Tensor) -> Tensor] = [
      { $0.gathered(Tensor([2, 0, 1] as [Int32], shape: [3]), along: 0) },
      { $0 - $0.sum(along: 0) }, { $0.gathered(first, along: 0) },
      { $0 + Tensor([0, 1, 2] as [Float], shape: [3, 1]) },
    ]
    for hearing in hearings {
      let seen = rejecting {
        try ModelLaw.condition.check(observations: { $1.normal([$0, 2, 1, 1]) }) {
          try ConditionedModel(using: &$0, hearing: hearing)
        }
      }
      #expect(seen == "ModelLaw.condition")
    }
  }

  /// What merely repeats its condition does not use it.
  @Test func conditionsThatAreRepeated() throws {
    func check(ignoresClass: Bool) throws {
      try ModelLaw.condition.check(
        observations: { count, key in
          Labelled(
            key.normal([count, 2]), labels: Tensor((0..<count).map { $0 % 3 }, shape: [count]))
        }
      ) { ClassGenerator(ignoresClass: ignoresClass, using: &$0) }
    }
    try check(ignoresClass: false)
    #expect(rejecting { try check(ignoresClass: true) } == "ModelLaw.condition")
  }

  @Test func evidenceNamesWhatIsDetached() {
    #expect {
      try EncoderLaw.connection.check { BrokenEncoder(.connection, using: &$0) }
    } throws: { "\($0)" == "EncoderLaw.connection: no gradient reaches 'state'" }
  }

  @Test func evidenceNamesTheWrongGradient() {
    #expect {
      try DecoderLaw.gradient.check { BrokenDecoder(.gradient, using: &$0) }
    } throws: { "\($0)".contains("along a random direction of 'base.weight'") }
  }

  @Test func aFactoryThatThrows() {
    let seen = rejecting {
      try EncoderLaw.shape.check { (_: inout RandomKey) throws -> MinimalEncoder in
        throw CompositionError(incompatible: "no")
      }
    }
    #expect(seen == "EncoderLaw.shape")
  }
}

/// The strict doubles are right, so every law accepts them.
@Suite struct KitAccepts {
  @Test(arguments: EncoderLaw.allCases) func encoder(obeys law: EncoderLaw) throws {
    try law.check { MinimalEncoder(observationShape: [2, 3, 1], featureCount: 4, using: &$0) }
  }

  @Test(arguments: DecoderLaw.allCases) func decoder(obeys law: DecoderLaw) throws {
    try law.check { MinimalDecoder(latentCount: 2, parameterShape: [2, 3, 1], using: &$0) }
  }

  @Test(arguments: LikelihoodLaw.allCases) func likelihood(obeys law: LikelihoodLaw) throws {
    try law.check { _ in MinimalLikelihood() }
  }

  @Test(arguments: PriorLaw.allCases) func aPrior(obeys law: PriorLaw) throws {
    try law.check(posteriors: posteriors, equalToPrior: prior) { _ in MinimalPrior(latentCount: 2) }
  }

  @Test(arguments: PosteriorLaw.allCases) func posterior(obeys law: PosteriorLaw) throws {
    try law.check { MinimalPosterior(featureCount: 3, latentCount: 2, using: &$0) }
  }

  @Test(arguments: ObjectiveLaw.allCases) func objective(obeys law: ObjectiveLaw) throws {
    try law.check(observations: { $1.normal([$0, 3]) }) { _ in
      MinimalObjective(observationShape: [3])
    }
  }

  /// Two surrogates, and a bound that has more players than one.
  @Test(arguments: ObjectiveLaw.allCases.filter { $0 != .terms && $0 != .charges })
  func surrogate(obeys law: ObjectiveLaw) throws {
    try law.check(observations: { $1.normal([$0, 3]) * 0.3 + 2 }, standsFor: Coins.exact) { _ in
      Coins()
    }
    try law.check(
      observations: { $1.normal([$0, 2, 1, 1]) }, standsFor: .term("bound", times: -1)
    ) { try StickingTheLanding(samples: 1, using: &$0) }
    try law.check(
      observations: { $1.normal([$0, 2, 1, 1]) }, standsFor: .term("elbo", times: -1)
    ) { ELBO(try minimalModel(.shape, using: &$0), innerSteps: 2) }
  }

  @Test(arguments: ModelLaw.allCases) func model(obeys law: ModelLaw) throws {
    try law.check(observations: { $1.normal([$0, 2, 1, 1]) }) {
      try ConditionedModel(using: &$0)
    }
  }

  @Test(arguments: ModuleLaw.allCases) func module(obeys law: ModuleLaw) throws {
    try law.check { MinimalEncoder(observationShape: [2, 3, 1], featureCount: 4, using: &$0) }
  }

  @Test func doublesCountTheirCalls() throws {
    var key = RandomKey(seed: 1)
    let encoder = MinimalEncoder(observationShape: [2], featureCount: 1, using: &key)
    var context = Context.inference()
    for _ in 0..<3 { _ = encoder(Variable(.zeros([1, 2])), &context) }
    #expect(encoder.calls.value == 3)
  }

  @Test func doublesAreStrict() async {
    await #expect(processExitsWith: .failure) {
      var key = RandomKey(seed: 1)
      var context = Context.inference()
      let encoder = MinimalEncoder(observationShape: [2], featureCount: 1, using: &key)
      _ = encoder(Variable(.zeros([2, 1])), &context)
    }
  }
}
