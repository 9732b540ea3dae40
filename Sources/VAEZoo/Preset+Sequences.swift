// The recipes for text, molecules, series and sound.

extension Preset {
  /// The sentence model of Bowman and others with GRUs, in the sizes of its best-known
  /// implementation.
  ///
  /// - Source: Bowman et al., "Generating Sentences from a Continuous Space", arXiv:1511.06349;
  ///   sizes and warm-up of github.com/timbmg/Sentence-VAE (train.py).
  static var sentenceGRU: Preset {
    sentence(
      "sentence-gru", "embedding 300, GRU 256, 16 codes, logistic warm-up (Bowman et al. 2016)",
      encoder: ComponentConfiguration("gru"),
      decoder: ComponentConfiguration("gru", options: ["word_dropout": 0.25]))
  }

  /// The same with LSTMs.
  static var sentenceLSTM: Preset {
    sentence(
      "sentence-lstm", "embedding 300, LSTM 256, 16 codes, logistic warm-up (Bowman et al. 2016)",
      encoder: ComponentConfiguration("lstm"),
      decoder: ComponentConfiguration("lstm", options: ["word_dropout": 0.25]))
  }

  /// The same with Transformers of two blocks.
  static var sentenceTransformer: Preset {
    sentence(
      "sentence-transformer", "two Transformer blocks of 256, 16 codes, logistic warm-up",
      encoder: ComponentConfiguration("transformer"),
      decoder: ComponentConfiguration("transformer", options: ["word_dropout": 0.25]))
  }

  private static func sentence(
    _ name: String, _ summary: String, encoder: ComponentConfiguration,
    decoder: ComponentConfiguration
  ) -> Preset {
    Preset(name, summary, on: .text, latent: 16, encoder: encoder, decoder: decoder) {
      $0.data.text { $0.lowercase = true }
      $0.model.likelihood = ComponentConfiguration("categorical")
      $0.objective = ComponentConfiguration(
        "elbo",
        options: ["warm_up": "logistic", "warm_up_steps": 2500, "warm_up_steepness": 0.0025])
      $0.trainer.batchSize = 32
      $0.trainer.epochs = 12
    }
  }

  /// Molecules as SMILES, atom by atom and bond by bond.
  ///
  /// - Source: the task of Gómez-Bombarelli et al., arXiv:1610.02415; sizes are this package's.
  static var smilesGRU: Preset {
    Preset(
      "smiles-gru", "molecules atom by atom: embedding 64, GRU 256, 32 codes", on: .text,
      latent: 32,
      encoder: ComponentConfiguration("gru", options: ["embedding": 64, "bidirectional": true]),
      decoder: ComponentConfiguration(
        "gru", options: ["embedding": 64, "code_joins_inputs": true])
    ) {
      $0.data.text { $0.tokenizer = .smiles }
      $0.model.likelihood = ComponentConfiguration("categorical")
      // Without them the decoder, strong on such short strings, leaves the code unused.
      $0.objective = ComponentConfiguration(
        "elbo", options: ["warm_up_steps": 2000, "free_bits": 0.25])
      $0.trainer.batchSize = 128
      $0.trainer.epochs = 10
    }
  }

  /// Windows of DNA or RNA, base by base; `amino_acids` as tokenizer makes it one of proteins.
  static var dnaGRU: Preset {
    Preset(
      "dna-gru", "DNA, RNA or proteins letter by letter: GRU 128 both ways, 16 codes", on: .text,
      latent: 16,
      encoder: ComponentConfiguration(
        "gru",
        options: ["embedding": 16, "hidden": 128, "bidirectional": true, "pooling": "mean"]),
      decoder: ComponentConfiguration(
        "gru", options: ["embedding": 16, "hidden": 128, "word_dropout": 0.5])
    ) {
      $0.data.text { $0.tokenizer = .nucleotides }
      $0.model.likelihood = ComponentConfiguration("categorical")
      $0.objective = ComponentConfiguration("elbo", options: ["warm_up_steps": 1000])
      $0.trainer.batchSize = 64
      $0.trainer.epochs = 20
    }
  }

  /// Series of numbers, step by step, with a Gaussian whose standard deviation is learned.
  static var seriesGRU: Preset {
    Preset(
      "series-gru", "series of numbers: GRU 64 both ways, 8 codes, Gaussian likelihood",
      on: .signals, latent: 8,
      encoder: ComponentConfiguration("gru", options: ["hidden": 64, "bidirectional": true]),
      decoder: ComponentConfiguration(
        "gru", options: ["hidden": 64, "code_joins_inputs": true, "word_dropout": 0.5])
    ) {
      $0.model.likelihood = ComponentConfiguration(
        "gaussian", options: ["scale": "shared", "sigma": 0.5])
      $0.objective = ComponentConfiguration("elbo", options: ["warm_up_steps": 200])
      $0.trainer.batchSize = 64
      $0.trainer.epochs = 30
    }
  }

  /// Frames of the log-mel spectrum of recordings.
  static var audioFrames: Preset {
    Preset(
      "audio-frames", "recordings as 40 log-mel bands: GRU 128 both ways, 16 codes", on: .signals,
      latent: 16,
      encoder: ComponentConfiguration("gru", options: ["hidden": 128, "bidirectional": true]),
      decoder: ComponentConfiguration(
        "gru", options: ["hidden": 128, "code_joins_inputs": true, "word_dropout": 0.5])
    ) {
      $0.model.likelihood = ComponentConfiguration(
        "gaussian", options: ["scale": "shared", "sigma": 0.5])
      $0.objective = ComponentConfiguration("elbo", options: ["warm_up_steps": 500])
      $0.trainer.batchSize = 64
      $0.trainer.epochs = 30
      $0.trainer.clipNorm = 5
    }
  }
}

extension DataConfiguration {
  /// Changes how text is read.
  fileprivate mutating func text(_ change: (inout TextOptions) -> Void) {
    guard case .text(var options) = reading else { return }
    change(&options)
    reading = .text(options)
  }
}
