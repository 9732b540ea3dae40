// Composes a recurrent variational autoencoder of sentences from its parts, trains it on generated
// sentences, and prints what it learned: new sentences, and a path from one sentence to another.
//
//     swift run -c release SequenceVAE [epochs] [examples]
import VAEZoo

let words = CommandLine.arguments
let epochs = words.count > 1 ? Int(words[1]) ?? 6 : 6
let exampleCount = words.count > 2 ? Int(words[2]) ?? 20_000 : 20_000

// The data: sentences as tokens, each with the end token last.
let (sentences, tokenizer) = try TextDataset.open("sentences", options: TextOptions())
let train = sentences.train.sampled(exampleCount, seed: 1)
let test = sentences.test ?? train
let format = train.format

// The model: a GRU reads the sentence, its code sets the first state of a GRU that writes it again.
var key = RandomKey(seed: 1)
let encoder = RecurrentEncoder(
  format: format, cell: .gru, embedding: 64, hidden: 128, using: &key)
let model = try SequenceVAE(
  encoder: encoder,
  posterior: DiagonalGaussianPosterior(
    featureCount: encoder.featureCount, latentCount: 16, using: &key),
  prior: StandardNormalPrior(latentCount: 16),
  decoder: RecurrentDecoder(
    format: format, latentCount: 16, parameterShape: format.stepShape, cell: .gru, embedding: 64,
    hidden: 128, wordDropout: 0.3, using: &key),
  likelihood: CategoricalLikelihood(vocabularySize: tokenizer.vocabularySize))
print("\(model.parameterCount) parameters, \(tokenizer.vocabularySize) tokens")

// The training: the weight of the KL rises, so that the decoder learns to listen to the code first.
let options = TrainingOptions(epochs: epochs, batchSize: 64, seed: 1)
let loader = SequenceLoader(train, batchSize: options.batchSize, seed: options.seed)
let steps = epochs * loader.batchCount
try Trainer(options).fit(
  ELBO(model, klWeight: .linear(steps: steps / 2)), training: loader
) { event in
  guard case .epochEnded(let summary) = event else { return }
  let kl = summary.train["kl"] ?? .nan
  print("epoch \(summary.epoch): loss \(summary.train.loss), of which kl \(kl)")
}

// What it learned, in figures and in words.
let unseen = SequenceLoader(test, batchSize: 128, isShuffled: false)
let result = try model.evaluate(on: unseen, importanceSamples: 10, using: &key)
print(
  "test: elbo \(result.elbo ?? .nan), log p(x) about \(result.logLikelihood ?? .nan) nats a sentence"
)

@MainActor func text(_ codes: Tensor) -> [String] {
  let generated = model.generate(from: codes, maximumLength: 32, using: &key)
  return (0..<generated.count).map {
    tokenizer.decode(generated.rows($0..<($0 + 1)).values.integers)
  }
}

print("\nsentences nobody wrote:")
for sentence in text(model.samplePrior(8, using: &key)) { print("  \(sentence)") }

let ends = model.codes(of: try test.sequences(at: [0, 1]))
let (first, last) = (ends.sliced(along: 0, 0..<1), ends.sliced(along: 0, 1..<2))
print("\nfrom one sentence to another:")
for share in stride(from: 0, through: 1, by: 0.125) {
  print("  " + text(first * (1 - share) + last * share).joined())
}
