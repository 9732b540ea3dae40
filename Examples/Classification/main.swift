// Trains a variational autoencoder on drawn digits without their labels, then classifiers on few
// labels: heads on its codes, beside logistic regression on pixels and a model never trained.
//
//     swift run -c release Classification [folder] [epochs] [examples]
import VAEZoo

let words = CommandLine.arguments
let folder = words.count > 1 ? words[1] : "runs/classification"
let epochs = words.count > 2 ? Int(words[2]) ?? 15 : 15
let exampleCount = words.count > 3 ? Int(words[3]) ?? 8000 : 8000

let digits = try ImageDataset.open("digits")
let train = digits.train.sampled(exampleCount, seed: 1)
let test = (digits.test ?? train).sampled(exampleCount, seed: 1)
let unseen = ImageLoader(test, batchSize: 128, isShuffled: false)
let truth = (test.labels ?? []).map { Int($0) }

func makeModel() throws -> some LatentModel<Tensor> {
  var key = RandomKey(seed: 1)
  return try VAE(
    encoder: MLPEncoder(observationShape: train.imageShape, hidden: [256], using: &key),
    posterior: DiagonalGaussianPosterior(featureCount: 256, latentCount: 16, using: &key),
    prior: StandardNormalPrior(latentCount: 16),
    decoder: MLPDecoder(
      latentCount: 16, hidden: [256], parameterShape: train.imageShape, using: &key),
    likelihood: BernoulliLikelihood())
}

// The model sees images alone.
let model = try makeModel()
let images = ImageLoader(train, batchSize: 128, seed: 1)
try Trainer(TrainingOptions(epochs: epochs)).fit(ELBO(model), training: images) { event in
  guard case .epochEnded(let summary) = event else { return }
  print("epoch \(summary.epoch): loss \(summary.train.loss)")
}

/// Trains a head on features of labelled images, and measures it on the test part.
func classify(
  _ features: some FeatureExtractor<Tensor>, hidden: [Int], from labelled: ImageDataset
) throws -> ClassificationMetrics {
  var key = RandomKey(seed: 2)
  let head = ClassifierHead(
    featureCount: features.featureCount, hidden: hidden, classCount: train.classCount, using: &key)
  let all = try labelled.images(at: 0..<labelled.count)
  if !hidden.isEmpty { head.standardize(on: features.features(of: all)) }
  let objective = Classification(features, head: head)
  var options = TrainingOptions(epochs: 20 * epochs, optimizer: .adam(learningRate: 5e-3))
  options.optimizer.weightDecay = 1 / Double(labelled.count)
  options.schedule = .cosine()
  try Trainer(options).fit(objective, training: ImageLoader(labelled, batchSize: 128, seed: 1))
  return ClassificationMetrics(logits: try objective.logits(of: unseen), labels: truth)
}

print("\nlabels   codes   pixels  untrained  (share of \(test.count) unseen digits)")
var best: ClassificationMetrics?
for count in [50, 200, 1000] {
  let labelled = train.sampled(count, seed: 3)
  let pixels = ElementFeatures(observationShape: train.imageShape)
  let accuracies = try [
    classify(FrozenFeatures(CodeFeatures(model)), hidden: [64], from: labelled),
    classify(pixels, hidden: [], from: labelled),
    classify(FrozenFeatures(CodeFeatures(makeModel())), hidden: [64], from: labelled),
  ]
  best = accuracies[0]
  let columns = accuracies.map { "\(($0.accuracy * 1000).rounded() / 10) %" }
  print("\(count)\t \(columns.joined(separator: "\t "))")
}

try RunFolder(folder).create()
if let best {
  try ConfusionMatrixPlot(best.confusion.counts, title: "Digits by a head on codes, 1,000 labels")
    .rendered().writePNG(to: "\(folder)/confusion.png")
}
print("wrote \(folder)/confusion.png")
