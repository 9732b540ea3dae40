import BernoulliFamily
import ConvComponents
import ELBOObjective
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

/// Odd, thin, single and many-channelled images.
private let shapes: [Shape] = [[1, 1, 1], [5, 3, 2], [1, 7, 1], [6, 9, 3]]

private let stages = [ConvStage(4), ConvStage(3, kernel: 4), ConvStage(5, kernel: 2, stride: 3)]

@Suite struct LawTests {
  @Test(arguments: EncoderLaw.allCases, shapes)
  func mlpEncoder(obeys law: EncoderLaw, shape: Shape) throws {
    for style in MLPStyle.allCases {
      try law.check {
        MLPEncoder(
          observationShape: shape, hidden: [6, 6, 5], activation: .tanh, style: style, using: &$0)
      }
    }
  }

  @Test(arguments: DecoderLaw.allCases, shapes)
  func mlpDecoder(obeys law: DecoderLaw, shape: Shape) throws {
    for style in MLPStyle.allCases {
      for hidden in [[], [6, 6]] {
        try law.check {
          MLPDecoder(
            latentCount: 2, hidden: hidden, parameterShape: shape, style: style, using: &$0)
        }
      }
    }
  }

  @Test(arguments: EncoderLaw.allCases, shapes)
  func convEncoder(obeys law: EncoderLaw, shape: Shape) throws {
    for style in ConvStyle.allCases {
      for batchNorm in [false, true] {
        try law.check {
          try ConvEncoder(
            observationShape: shape, stages: stages, hidden: [6], activation: .silu,
            batchNorm: batchNorm, style: style, using: &$0)
        }
      }
    }
  }

  @Test(arguments: DecoderLaw.allCases, shapes)
  func convDecoder(obeys law: DecoderLaw, shape: Shape) throws {
    for style in ConvStyle.allCases {
      for batchNorm in [false, true] {
        try law.check {
          try ConvDecoder(
            latentCount: 2, hidden: [6], stages: stages.reversed(), parameterShape: shape,
            output: ConvStage(1, kernel: 4, stride: style == .plain ? 2 : 1), activation: .elu(),
            batchNorm: batchNorm, style: style, using: &$0)
        }
      }
    }
  }

  @Test(arguments: LikelihoodLaw.allCases) func bernoulli(obeys law: LikelihoodLaw) throws {
    try law.check { _ in BernoulliLikelihood() }
  }

  @Test(
    arguments: LikelihoodLaw.allCases,
    [
      GaussianLikelihood.Scale.fixed(0.5), .shared(initial: 2), .perElement,
      .calibrated(initial: 2),
    ])
  func gaussian(obeys law: LikelihoodLaw, scale: GaussianLikelihood.Scale) throws {
    try law.check { _ in GaussianLikelihood(scale: scale) }
  }

  @Test(arguments: PosteriorLaw.allCases, [1, 2])
  func diagonalGaussian(obeys law: PosteriorLaw, latentCount: Int) throws {
    try law.check {
      DiagonalGaussianPosterior(featureCount: 5, latentCount: latentCount, using: &$0)
    }
  }

  @Test(arguments: PriorLaw.allCases, [1, 2])
  func standardNormal(obeys law: PriorLaw, latentCount: Int) throws {
    try law.check(
      posteriors: { count, key in
        DiagonalGaussian(
          mean: Variable(key.normal([count, latentCount])),
          logVariance: Variable(key.normal([count, latentCount])))
      },
      equalToPrior: { count in
        let zero = Variable(.zeros([count, latentCount]))
        return DiagonalGaussian(mean: zero, logVariance: zero)
      }
    ) { _ in StandardNormalPrior(latentCount: latentCount) }
  }

  @Test(
    arguments: ObjectiveLaw.allCases,
    [
      KLWeight.constant(1), .linear(to: 4, steps: 8), .logistic(midpoint: 4, steepness: 0.7),
      .cyclical(period: 6, cycles: 3),
    ])
  func elbo(obeys law: ObjectiveLaw, weight: KLWeight) throws {
    try law.check(
      observations: { $1.uniform([$0, 5, 3, 2]) }, klWeight: { weight(at: $0) }
    ) { try ELBO(model(using: &$0), klWeight: weight) }
  }

  /// Two players: the encoder goes ahead.
  @Test(arguments: ObjectiveLaw.allCases)
  func elboOfALaggingEncoder(obeys law: ObjectiveLaw) throws {
    try law.check(observations: { $1.uniform([$0, 5, 3, 2]) }) {
      try ELBO(model(using: &$0), innerSteps: 3)
    }
  }

  @Test(arguments: ObjectiveLaw.allCases, [1, 2])
  func elboWithFreeBits(obeys law: ObjectiveLaw, groupSize: Int) throws {
    try law.check(observations: { $1.uniform([$0, 5, 3, 2]) }, klWeight: nil) {
      try ELBO(model(using: &$0), freeBits: FreeBits(0.02, groupSize: groupSize))
    }
  }

  @Test(arguments: ModuleLaw.allCases) func wholeModel(obeys law: ModuleLaw) throws {
    try law.check { try model(using: &$0) }
  }

  @Test(arguments: ModelLaw.allCases) func wholeModel(obeys law: ModelLaw) throws {
    try law.check(observations: { $1.uniform([$0, 5, 3, 2]) }) { try model(using: &$0) }
  }

  /// Convolutions with batch normalization at one end, a learned scale at the other.
  private func model(
    using key: inout RandomKey
  ) throws -> VAE<
    ConvEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, GaussianLikelihood
  > {
    try VAE(
      encoder: ConvEncoder(
        observationShape: [5, 3, 2], stages: [ConvStage(4)], batchNorm: true, style: .residual,
        using: &key),
      posterior: DiagonalGaussianPosterior(featureCount: 24, latentCount: 2, using: &key),
      prior: StandardNormalPrior(latentCount: 2),
      decoder: MLPDecoder(
        latentCount: 2, hidden: [8], parameterShape: [5, 3, 2], activation: .gelu, using: &key),
      likelihood: GaussianLikelihood(scale: .shared(initial: 0.5)))
  }
}
