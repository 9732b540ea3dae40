// Composes a variational autoencoder from its parts, trains it and draws samples.
import VAEZoo

let digits = try ImageDataset.open("digits").train
var key = RandomKey(seed: 1)
let model = try VAE(
  encoder: MLPEncoder(observationShape: digits.imageShape, hidden: [400], using: &key),
  posterior: DiagonalGaussianPosterior(featureCount: 400, latentCount: 20, using: &key),
  prior: StandardNormalPrior(latentCount: 20),
  decoder: MLPDecoder(
    latentCount: 20, hidden: [400], parameterShape: digits.imageShape, using: &key),
  likelihood: BernoulliLikelihood())
try Trainer(TrainingOptions(epochs: 10)).fit(
  ELBO(model), training: ImageLoader(digits, batchSize: 128))
try model.sampleSheet(codes: model.samplePrior(64, using: &key)).writePNG(to: "samples.png")
