import GaussianFamily
import Layers
import OutsideComponent
import TensorCore
import Testing
import VAETestKit

@Test(arguments: EncoderLaw.allCases, [[1], [5, 3, 2], [7]] as [Shape])
func fourierEncoder(obeys law: EncoderLaw, shape: Shape) throws {
  try law.check {
    FourierEncoder(observationShape: shape, waveCount: 4, featureCount: 3, using: &$0)
  }
}

@Test(arguments: ModuleLaw.allCases) func fourierEncoder(obeys law: ModuleLaw) throws {
  try law.check {
    FourierEncoder(observationShape: [2, 2], waveCount: 4, featureCount: 3, using: &$0)
  }
}

@Test(arguments: LikelihoodLaw.allCases, [0.2, 1, 3])
func laplaceLikelihood(obeys law: LikelihoodLaw, scale: Double) throws {
  try law.check { _ in LaplaceLikelihood(scale: scale) }
}

@Test(arguments: PriorLaw.allCases, [1, 2])
func scaledNormalPrior(obeys law: PriorLaw, latentCount: Int) throws {
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
  ) { _ in ScaledNormalPrior(latentCount: latentCount) }
}
