public import TensorCore
public import VAECore

// The parts of a model of codes, as registries and assemblies name them.

extension Role {
  /// Observations to features.
  public static func encoder<O>(
    of type: O.Type, _ form: String? = nil
  ) -> Role where Part == any Encoder<O> {
    Role("encoder", of: Observed(type, form: form))
  }

  /// Parameters to a distribution over observations.
  public static func likelihood<O>(
    of type: O.Type, _ form: String? = nil
  ) -> Role where Part == any Likelihood<O> {
    Role("likelihood", of: Observed(type, form: form))
  }

  /// A whole model; its options are the keys of a configuration.
  public static func model<O>(
    of type: O.Type, _ form: String? = nil
  ) -> Role where Part == any LatentModel<O> {
    Role("model", of: Observed(type, form: form))
  }
}

extension Role where Part == any Posterior {
  /// Features to a distribution over codes.
  public static var posterior: Role { Role("posterior") }
}

extension Role where Part == any Prior {
  /// The distribution codes have beforehand.
  public static var prior: Role { Role("prior") }
}

extension Role where Part == any Decoder {
  /// Codes to parameters.
  public static var decoder: Role { Role("decoder", of: Observed(Tensor.self)) }
}

extension Role where Part == any SequenceDecoder {
  /// Codes and the steps before to parameters.
  public static var sequenceDecoder: Role { Role("decoder", of: Observed(Sequences.self)) }
}

extension Role where Part == any Objective {
  /// What is minimized, around a model of anything.
  public static var objective: Role { Role("objective") }
}

extension Role where Part == any Penalty {
  /// What is added to an objective.
  public static var penalty: Role { Role("penalty") }
}

extension Assembly {
  /// The penalties of an objective.
  public func penalties(_ set: ComponentSet) throws -> [any Penalty] {
    try make(set, .penalty, as: "penalties")
  }

  /// Throws, in the name of what asks, where batches have fewer examples than it compares.
  public func requireExamples(_ count: Int, for asker: String) throws {
    guard let size = try find(.batchSize), size < count else { return }
    throw CompositionError(
      incompatible: "\(asker) compares the examples of a batch, and batches have \(size); set "
        + "trainer.batch_size to \(count) or more")
  }
}

// MARK: - What they may ask for

extension Fact where Value == Shape {
  /// Shape of one observation; of sequences, of one step.
  public static var observationShape: Fact { Fact("the observation's shape") }
  /// Shape of the features of one example, as the encoder gives them.
  public static var featureShape: Fact { Fact("the features' shape") }
  /// Shape of the codes of one example; for a posterior `[latent]`, which may make grids of so many of it; for a decoder, with the
  /// condition beside them.
  public static var codeShape: Fact { Fact("the codes' shape") }
  /// Shape of the parameters that the likelihood wants for an observation; of sequences, for a step.
  public static var parameterShape: Fact { Fact("the parameters' shape") }
}

extension Fact where Value == SequenceFormat {
  /// What a step of a sequence is.
  public static var steps: Fact { Fact("the format of steps") }
}

extension Fact where Value == Int {
  /// Steps of the longest sequence.
  public static var longest: Fact { Fact("the longest sequence") }
  /// Examples that are trained on; known while a run begins.
  public static var exampleCount: Fact { Fact("the number of examples") }
  /// Examples in a batch of training; known while an objective is made.
  public static var batchSize: Fact { Fact("the batch size") }
  /// Numbers that the posterior reads of an example: the encoder's, and the condition's beside them.
  public static var featureCount: Fact { Fact("the number of features") }
  /// Numbers of the condition that is told with each row, `context.condition`.
  public static var conditionWidth: Fact { Fact("the width of the condition") }
  /// Classes that observations have.
  public static var classCount: Fact { Fact("the number of classes") }
}

extension Fact {
  /// The encoder of the model that is being made.
  public static func encoder<O>(of type: O.Type) -> Fact where Value == any Encoder<O> {
    Fact("the encoder")
  }

  /// The likelihood of the model that is being made.
  public static func likelihood<O>(of type: O.Type) -> Fact where Value == any Likelihood<O> {
    Fact("the likelihood")
  }
}

extension Fact where Value == any Posterior {
  /// The posterior of the model that is being made.
  public static var posterior: Fact { Fact("the posterior") }
}

extension Fact where Value == any Prior {
  /// The prior of the model that is being made.
  public static var prior: Fact { Fact("the prior") }
}

extension Fact where Value == any Decoder {
  /// The decoder of the model that is being made.
  public static var decoder: Fact { Fact("the decoder") }
}

extension Fact where Value == any SequenceDecoder {
  /// The decoder of the model of sequences that is being made.
  public static var sequenceDecoder: Fact { Fact("the decoder") }
}

extension Fact where Value == any LatentModel {
  /// The whole model, as an objective or a sampler is put around it.
  public static var model: Fact { Fact("the model") }
}

extension Fact where Value == @Sendable (String) throws -> any Encoder<Tensor> {
  /// Finds the trained encoder of a run folder or a classifier's folder, by its path.
  public static var trainedEncoder: Fact { Fact("the encoders of other runs") }
}

extension Fact where Value == @Sendable (String) throws -> [String: Tensor] {
  /// Reads a file of weights, by its path.
  public static var weights: Fact { Fact("files of weights") }
}

// MARK: - Likelihoods of numbers

extension Registry {
  /// Adds a likelihood of tensors, and the same frame by frame for signals.
  public mutating func addLikelihoodOfNumbers<Options: ComponentOptions>(
    _ name: String, _ summary: String, _ options: Options,
    make: @escaping @Sendable (Options, Assembly, inout RandomKey) throws -> any Likelihood<Tensor>
  ) {
    add(.likelihood(of: Tensor.self), name, summary, options, make: make)
    add(.likelihood(of: Sequences.self, "signals"), name, summary, options) {
      options, assembly, key in
      func perFrame(_ frame: some Likelihood<Tensor>) -> any Likelihood<Sequences> {
        PerFrame(frame)
      }
      let frame = try make(options, assembly, &key)
      return perFrame(frame)
    }
  }
}
