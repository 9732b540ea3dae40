import Layers
import TensorCore

/// Two GRUs of 256 over embeddings of 300 that they share, 16 codes, and 10,000 tokens.
struct TextAutoencoder: Autoencoder {
  let embedding: Embedding
  let encoder, decoder: Recurrent
  let code, open, output: Dense

  init(using key: inout RandomKey) {
    embedding = Embedding(10_000, 300, using: &key)
    encoder = Recurrent(.gru, 300, 256, using: &key)
    decoder = Recurrent(.gru, 300, 256, using: &key)
    code = Dense(256, 32, using: &key)
    open = Dense(16, 256, using: &key)
    output = Dense(256, 10_000, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    [
      "embedding": embedding, "encoder": encoder, "decoder": decoder, "code": code, "open": open,
      "output": output,
    ]
  }

  /// Each of 30 tokens is told from those before it; the first is what stands before the sentence.
  func loss(on batch: Tensor, _ context: inout Context) -> Variable {
    let time = batch.shape[1] - 1, lengths = Array(repeating: time, count: batch.shape[0])
    let x = embedding(batch.sliced(along: 1, 0..<time), &context)
    let (_, final) = encoder(x, lengths: lengths, &context)
    let (codes, kl) = sample(code(final[0], &context), &context)
    let (y, _) = decoder(x, lengths: lengths, initial: [open(codes, &context)], &context)
    let targets = batch.sliced(along: 1, 1..<(time + 1))
    return (kl - output(y, &context).categoricalLogProbability(of: targets)).mean()
  }

  func products(batch: Int) -> [LayerProduct] {
    let steps = 30 * batch
    let cell = [
      LayerProduct([768, 300], input: [steps, 300]),
      LayerProduct([768, 256], input: [steps, 256]),
    ]
    return cell + cell + [
      LayerProduct([32, 256], input: [batch, 256]), LayerProduct([256, 16], input: [batch, 16]),
      LayerProduct([10_000, 256], input: [steps, 256]),
    ]
  }
}
