import ELBOObjective
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

private let tokens = SequenceFormat.tokens(vocabularySize: 7)
private let formats = [tokens, .frames(featureCount: 2)]

/// For every law, a component over sequences that is right but for one thing.
@Suite struct KitRejectsSequences {
  @Test(arguments: EncoderLaw.allCases, formats)
  func encoder(thatBreaks law: EncoderLaw, format: SequenceFormat) throws {
    // Tokens have no extremes that a sum of a table's rows would not bear.
    if law == .finiteness && format == tokens { return }
    let fault = try #require(Fault(rawValue: law.rawValue))
    let seen = rejecting {
      try law.check(format: format) {
        BrokenSequenceEncoder(.fault(fault), format: format, using: &$0)
      }
    }
    #expect(seen == "EncoderLaw.\(law)")
  }

  @Test(arguments: formats) func encoderThatReadsPadding(format: SequenceFormat) {
    let seen = rejecting {
      try EncoderLaw.batchIndependence.check(format: format) {
        BrokenSequenceEncoder(.readsPadding, format: format, using: &$0)
      }
    }
    #expect(seen == "EncoderLaw.batchIndependence")
  }

  @Test(arguments: SequenceDecoderLaw.allCases, formats)
  func decoder(thatBreaks law: SequenceDecoderLaw, format: SequenceFormat) {
    let seen = rejecting {
      try law.check(format: format) { BrokenSequenceDecoder(law, format: format, using: &$0) }
    }
    #expect(seen == "SequenceDecoderLaw.\(law)")
  }

  @Test(arguments: LikelihoodLaw.allCases) func tokenLikelihood(thatBreaks law: LikelihoodLaw) {
    let seen = rejecting {
      try law.check(format: tokens) { _ in BrokenTokenLikelihood(law, vocabularySize: 7) }
    }
    #expect(seen == "LikelihoodLaw.\(law)")
  }

  // `PerFrame` itself gives the shape, whatever the frame's likelihood does.
  @Test(arguments: LikelihoodLaw.allCases.filter { $0 != .shape && $0 != .singleExample })
  func frameLikelihood(thatBreaks law: LikelihoodLaw) {
    let seen = rejecting {
      try law.check(format: .frames(featureCount: 2)) { _ in
        PerFrame(BrokenLikelihood(law: law))
      }
    }
    #expect(seen == "LikelihoodLaw.\(law)")
  }

  @Test func likelihoodThatCountsPadding() {
    let seen = rejecting {
      try LikelihoodLaw.batchIndependence.check(format: .frames(featureCount: 2)) { _ in
        LikelihoodOfPadding()
      }
    }
    #expect(seen == "LikelihoodLaw.batchIndependence")
  }

  // The model has no condition to ignore.
  @Test(arguments: ModelLaw.allCases.filter { $0 != .condition })
  func model(thatBreaks law: ModelLaw) {
    let seen = rejecting {
      try law.check(format: tokens) { BrokenModel(law, try minimalTokenModel(law, using: &$0)) }
    }
    #expect(seen == "ModelLaw.\(law)")
  }

  @Test func evidenceNamesTheStepThatWasSeen() {
    #expect {
      try SequenceDecoderLaw.causality.check(format: tokens) {
        BrokenSequenceDecoder(.causality, format: tokens, using: &$0)
      }
    } throws: {
      "\($0)".contains("changing step 0 of the sequences changes the parameters of step 0")
    }
  }
}

/// The strict doubles are right, so every law accepts them.
@Suite struct KitAcceptsSequences {
  @Test(arguments: EncoderLaw.allCases, formats)
  func encoder(obeys law: EncoderLaw, format: SequenceFormat) throws {
    try law.check(format: format) {
      MinimalSequenceEncoder(format: format, featureCount: 3, using: &$0)
    }
  }

  @Test(arguments: SequenceDecoderLaw.allCases, formats)
  func decoder(obeys law: SequenceDecoderLaw, format: SequenceFormat) throws {
    try law.check(format: format) {
      MinimalSequenceDecoder(format: format, latentCount: 2, using: &$0)
    }
  }

  @Test(arguments: LikelihoodLaw.allCases)
  func tokenLikelihood(obeys law: LikelihoodLaw) throws {
    try law.check(format: tokens) { _ in MinimalTokenLikelihood(vocabularySize: 7) }
  }

  @Test(arguments: LikelihoodLaw.allCases, [1, 2])
  func frameLikelihood(obeys law: LikelihoodLaw, features: Int) throws {
    try law.check(format: .frames(featureCount: features)) { _ in PerFrame(MinimalLikelihood()) }
  }

  @Test(arguments: ModelLaw.allCases) func model(obeys law: ModelLaw) throws {
    try law.check(format: tokens) { try minimalTokenModel(using: &$0) }
  }

  @Test(arguments: ObjectiveLaw.allCases) func objective(obeys law: ObjectiveLaw) throws {
    try law.check(format: tokens) { ELBO(try minimalTokenModel(using: &$0)) }
  }
}
