import CategoricalFamily
import ELBOObjective
import GaussianFamily
import Layers
import MLPComponents
import RecurrentComponents
import TensorCore
import Testing
import TransformerComponents
import VAECore
import VAETestKit

private let tokens = SequenceFormat.tokens(vocabularySize: 7)
private let frames = SequenceFormat.frames(featureCount: 2)
private let formats = [tokens, frames]

/// Recurrent parts with every option at least once.
private struct RecurrentCase: Sendable {
  let cell: RecurrentCell
  let layerCount: Int
  let isRich: Bool

  static let all = [
    RecurrentCase(cell: .gru, layerCount: 1, isRich: false),
    RecurrentCase(cell: .lstm, layerCount: 1, isRich: false),
    RecurrentCase(cell: .gru, layerCount: 2, isRich: true),
    RecurrentCase(cell: .lstm, layerCount: 2, isRich: true),
  ]

  func encoder(
    _ format: SequenceFormat, _ pooling: RecurrentEncoder.Pooling, using key: inout RandomKey
  ) -> RecurrentEncoder {
    RecurrentEncoder(
      format: format, cell: cell, embedding: 4, hidden: 3, layerCount: layerCount,
      isBidirectional: isRich, pooling: pooling, dropout: isRich ? 0.2 : 0,
      embeddingDropout: isRich ? 0.1 : 0, using: &key)
  }

  func decoder(_ format: SequenceFormat, using key: inout RandomKey) -> RecurrentDecoder {
    RecurrentDecoder(
      format: format, latentCount: 2, parameterShape: format.stepShape, cell: cell, embedding: 4,
      hidden: 3, layerCount: layerCount, codeJoinsInputs: isRich, dropout: isRich ? 0.2 : 0,
      embeddingDropout: isRich ? 0.1 : 0, wordDropout: isRich ? 0.4 : 0, using: &key)
  }
}

private let codeUses = [TransformerDecoder.CodeUse.prefix, .crossAttention(slots: 3)]
private let positions = [Positions.sinusoidal, .learned(limit: 6)]

@Suite struct SequenceLawTests {
  @Test(arguments: EncoderLaw.allCases, formats)
  func recurrentEncoder(obeys law: EncoderLaw, format: SequenceFormat) throws {
    for options in RecurrentCase.all {
      for pooling in RecurrentEncoder.Pooling.allCases {
        try law.check(format: format) { options.encoder(format, pooling, using: &$0) }
      }
    }
  }

  @Test(arguments: SequenceDecoderLaw.allCases, formats)
  func recurrentDecoder(obeys law: SequenceDecoderLaw, format: SequenceFormat) throws {
    for options in RecurrentCase.all {
      try law.check(format: format) { options.decoder(format, using: &$0) }
    }
  }

  @Test(arguments: EncoderLaw.allCases, MLPStyle.allCases)
  func windowMLPEncoder(obeys law: EncoderLaw, style: MLPStyle) throws {
    try law.check(format: frames) {
      WindowMLPEncoder(frameCount: 2, length: 9, hidden: [5, 4], style: style, using: &$0)
    }
  }

  @Test(arguments: SequenceDecoderLaw.allCases, MLPStyle.allCases)
  func windowMLPDecoder(obeys law: SequenceDecoderLaw, style: MLPStyle) throws {
    try law.check(format: frames) {
      WindowMLPDecoder(
        latentCount: 2, length: 9, hidden: [4, 5], parameterShape: [2], style: style, using: &$0)
    }
  }

  @Test(arguments: EncoderLaw.allCases, formats)
  func transformerEncoder(obeys law: EncoderLaw, format: SequenceFormat) throws {
    for positions in positions {
      try law.check(format: format) {
        TransformerEncoder(
          format: format, width: 4, blockCount: 2, headCount: 2, feedForward: 5,
          positions: positions, dropout: 0.1, using: &$0)
      }
    }
  }

  @Test(arguments: SequenceDecoderLaw.allCases, formats)
  func transformerDecoder(obeys law: SequenceDecoderLaw, format: SequenceFormat) throws {
    for positions in positions {
      for codeUse in codeUses {
        try law.check(format: format) {
          TransformerDecoder(
            format: format, latentCount: 2, parameterShape: format.stepShape, width: 4,
            blockCount: 2, headCount: 2, feedForward: 5, positions: positions, codeUse: codeUse,
            dropout: 0.1, wordDropout: 0.3, using: &$0)
        }
      }
    }
  }

  @Test(arguments: LikelihoodLaw.allCases) func categorical(obeys law: LikelihoodLaw) throws {
    try law.check(format: tokens) { _ in CategoricalLikelihood(vocabularySize: 7) }
  }

  @Test(
    arguments: LikelihoodLaw.allCases,
    [
      GaussianLikelihood.Scale.fixed(0.5), .shared(initial: 2), .perElement,
      .calibrated(initial: 2),
    ])
  func gaussianFrames(obeys law: LikelihoodLaw, scale: GaussianLikelihood.Scale) throws {
    try law.check(format: frames) { _ in PerFrame(GaussianLikelihood(scale: scale)) }
  }

  @Test(arguments: ModelLaw.allCases) func wholeModels(obey law: ModelLaw) throws {
    try law.check(format: tokens) { try textModel(using: &$0) }
    try law.check(format: frames) { try signalModel(using: &$0) }
  }

  @Test(arguments: ModuleLaw.allCases) func wholeModels(obey law: ModuleLaw) throws {
    try law.check { try textModel(using: &$0) }
    try law.check { try signalModel(using: &$0) }
  }

  @Test(arguments: ObjectiveLaw.allCases) func elbo(obeys law: ObjectiveLaw) throws {
    try law.check(format: tokens) { ELBO(try textModel(using: &$0)) }
    try law.check(format: frames) { ELBO(try signalModel(using: &$0)) }
  }

  private func textModel(
    using key: inout RandomKey
  ) throws -> SequenceVAE<
    RecurrentEncoder, DiagonalGaussianPosterior, StandardNormalPrior, RecurrentDecoder,
    CategoricalLikelihood
  > {
    try SequenceVAE(
      encoder: RecurrentCase.all[2].encoder(tokens, .last, using: &key),
      posterior: DiagonalGaussianPosterior(featureCount: 6, latentCount: 2, using: &key),
      prior: StandardNormalPrior(latentCount: 2),
      decoder: RecurrentCase.all[3].decoder(tokens, using: &key),
      likelihood: CategoricalLikelihood(vocabularySize: 7))
  }

  private func signalModel(
    using key: inout RandomKey
  ) throws -> SequenceVAE<
    TransformerEncoder, DiagonalGaussianPosterior, StandardNormalPrior, TransformerDecoder,
    PerFrame<GaussianLikelihood>
  > {
    let likelihood = PerFrame(GaussianLikelihood(scale: .perElement))
    return try SequenceVAE(
      encoder: TransformerEncoder(
        format: frames, width: 4, headCount: 2, feedForward: 5, using: &key),
      posterior: DiagonalGaussianPosterior(featureCount: 4, latentCount: 2, using: &key),
      prior: StandardNormalPrior(latentCount: 2),
      decoder: TransformerDecoder(
        format: frames, latentCount: 2,
        parameterShape: likelihood.parameterShape(forObservation: frames.stepShape), width: 4,
        headCount: 2, feedForward: 5, using: &key), likelihood: likelihood)
  }
}
