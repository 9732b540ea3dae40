// Composes a variational autoencoder from its parts, trains it on drawn digits, and writes what it
// learned as PNG sheets:
//
//     swift run -c release ImageVAE [folder] [epochs] [examples]
import VAEZoo

let words = CommandLine.arguments
let folder = words.count > 1 ? words[1] : "runs/image-vae"
let epochs = words.count > 2 ? Int(words[2]) ?? 20 : 20
let exampleCount = words.count > 3 ? Int(words[3]) ?? 10_000 : 10_000

// The data: images [28, 28, 1] with values in [0, 1].
let digits = try ImageDataset.open("digits")
let train = digits.train.sampled(exampleCount, seed: 1)
let test = digits.test ?? train

// The model: convolutions down to 8 codes, and transposed convolutions back.
var key = RandomKey(seed: 1)
let encoder = try ConvEncoder(
  observationShape: train.imageShape, stages: [ConvStage(16), ConvStage(32)], hidden: [128],
  activation: .silu, using: &key)
let model = try VAE(
  encoder: encoder,
  posterior: DiagonalGaussianPosterior(
    featureCount: encoder.featureCount, latentCount: 8, using: &key),
  prior: StandardNormalPrior(latentCount: 8),
  decoder: ConvDecoder(
    latentCount: 8, hidden: [128], stages: [ConvStage(32), ConvStage(16)],
    parameterShape: train.imageShape, activation: .silu, using: &key),
  likelihood: BernoulliLikelihood())
print("\(model.parameterCount) parameters")

// The training: Adam on the negative evidence lower bound.
var options = TrainingOptions(epochs: epochs, batchSize: 128, seed: 1)
options.schedule = .cosine()
let loader = ImageLoader(train, batchSize: options.batchSize, seed: options.seed)
var losses: [Double] = []
try Trainer(options).fit(ELBO(model), training: loader) { event in
  guard case .epochEnded(let summary) = event else { return }
  losses.append(summary.train.loss)
  print("epoch \(summary.epoch): loss \(summary.train.loss)")
}

// What it learned: on images it never saw, in figures and in pictures.
let unseen = ImageLoader(test.sampled(exampleCount, seed: 2), batchSize: 128, isShuffled: false)
let result = try model.evaluate(on: unseen, importanceSamples: 10, using: &key)
print(
  "test: elbo \(result.elbo ?? .nan), log p(x) about \(result.logLikelihood ?? .nan) nats an example"
)

try RunFolder(folder).create()
try model.sampleSheet(codes: model.samplePrior(100, using: &key), title: "Digits nobody drew")
  .writePNG(to: "\(folder)/samples.png")
try model.reconstructionSheet(test.images(at: 0..<min(50, test.count)), title: "Unseen digits")
  .writePNG(to: "\(folder)/reconstructions.png")
try model.traversalSheet(title: "What each code does").writePNG(to: "\(folder)/codes.png")
try LinePlot([LinePlot.Series("loss", losses)], title: "Training", xLabel: "epoch", yLabel: "nats")
  .rendered().writePNG(to: "\(folder)/curve.png")
print("wrote samples.png, reconstructions.png, codes.png and curve.png to \(folder)")
