internal import ComponentRegistry

private func sentences(_ name: String, _ cell: String) -> Preset {
  Preset(
    name, "embedding 300, \(cell.uppercased()) 256, 16 codes, logistic warm-up",
    source: "Bowman et al., arXiv:1511.06349; sizes and warm-up of "
      + "github.com/timbmg/Sentence-VAE (train.py)",
    """
    data: {kind: text, lowercase: true}
    latent: 16
    encoder: \(cell)
    decoder: {name: \(cell), word_dropout: 0.25}
    likelihood: categorical
    objective: {name: elbo, warm_up: logistic, warm_up_steps: 2500, warm_up_steepness: 0.0025}
    trainer: {batch_size: 32, epochs: 12}
    """)
}

/// Recipes for text, molecules, series and sound.
let recurrentPresets = [
  sentences("sentence-gru", "gru"),
  sentences("sentence-lstm", "lstm"),
  Preset(
    "name-gru", "names and other single words letter by letter: embedding 32, GRU 256, 16 codes",
    source: "the training of smiles-gru, with characters in the place of atoms",
    """
    data: {kind: text, tokenizer: characters}
    latent: 16
    encoder: {name: gru, embedding: 32, bidirectional: true}
    decoder: {name: gru, embedding: 32, code_joins_inputs: true, word_dropout: 0.25}
    likelihood: categorical
    objective: {name: elbo, warm_up_steps: 1500, free_bits: 0.25}
    trainer: {batch_size: 32, epochs: 20}
    """),
  // Without free bits the decoder, strong on such short strings, leaves the code unused.
  Preset(
    "smiles-gru", "molecules atom by atom: embedding 64, GRU 256, 32 codes",
    source: "the task of Gómez-Bombarelli et al., arXiv:1610.02415; sizes of this package",
    """
    data: {kind: text, tokenizer: smiles}
    latent: 32
    encoder: {name: gru, embedding: 64, bidirectional: true}
    decoder: {name: gru, embedding: 64, code_joins_inputs: true}
    likelihood: categorical
    objective: {name: elbo, warm_up_steps: 2000, free_bits: 0.25}
    trainer: {batch_size: 128, epochs: 10}
    """),
  Preset(
    "dna-gru", "DNA, RNA or proteins letter by letter: GRU 128 both ways, 16 codes",
    source: "this package",
    """
    data: {kind: text, tokenizer: nucleotides}
    latent: 16
    encoder: {name: gru, embedding: 16, hidden: 128, bidirectional: true, pooling: mean}
    decoder: {name: gru, embedding: 16, hidden: 128, word_dropout: 0.5}
    likelihood: categorical
    objective: {name: elbo, warm_up_steps: 1000}
    trainer: {batch_size: 64, epochs: 20}
    """),
  Preset(
    "series-gru", "series of numbers: GRU 64 both ways, 8 codes, Gaussian likelihood",
    source: "this package",
    """
    data: {kind: signals}
    latent: 8
    encoder: {name: gru, hidden: 64, bidirectional: true}
    decoder: {name: gru, hidden: 64, code_joins_inputs: true, word_dropout: 0.5}
    likelihood: gaussian
    objective: {name: elbo, warm_up_steps: 200}
    trainer: {batch_size: 64, epochs: 30}
    """),
  Preset(
    "audio-frames", "recordings as 40 log-mel bands: GRU 128 both ways, 16 codes",
    source: "this package",
    """
    data: {kind: signals}
    latent: 16
    encoder: {name: gru, hidden: 128, bidirectional: true}
    decoder: {name: gru, hidden: 128, code_joins_inputs: true, word_dropout: 0.5}
    likelihood: gaussian
    objective: {name: elbo, warm_up_steps: 500}
    trainer: {batch_size: 64, epochs: 30, clip_norm: 5}
    """),
]
