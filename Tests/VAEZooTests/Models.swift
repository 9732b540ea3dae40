import VAEZoo

// Models of configurations, for observations of any shape, without data or a folder.

/// A model of images; `changes` lie over the defaults, or over the preset they name.
func imageModel(
  _ changes: ConfigurationValue, shape: Shape, registry: Registry = .standard, seed: UInt64 = 1
) throws -> any LatentModel<Tensor> {
  try model(changes, as: ImageDomain.observed, registry, seed) {
    $0.offer(.observationShape) { _ in shape }
  }
}

/// A model of sequences whose steps have a format.
func sequenceModel(
  _ changes: ConfigurationValue, format: SequenceFormat, registry: Registry = .standard
) throws -> any LatentModel<Sequences> {
  let isText = if case .tokens = format { true } else { false }
  var changes = changes
  changes[["data", "kind"]] = isText ? "text" : "signals"
  return try model(
    changes, as: isText ? TextDomain.observed : SignalDomain.observed, registry, 1
  ) {
    $0.offer(.steps) { _ in format }
    $0.offer(.observationShape) { _ in format.stepShape }
    $0.offer(.longest) { _ in 12 }
  }
}

private func model<O>(
  _ changes: ConfigurationValue, as observed: Observed, _ registry: Registry, _ seed: UInt64,
  offer: (Assembly) -> Void
) throws -> any LatentModel<O> {
  let configuration = try RunConfiguration(changes, registry: registry)
  let assembly = Assembly(registry, of: observed, key: RandomKey(seed: seed))
  offer(assembly)
  return try assembly.make(configuration.model, .model(of: O.self), as: "")
}

/// The objective of a configuration around a model.
func objective<M: LatentModel>(
  _ part: ComponentConfiguration = "elbo", for model: M, registry: Registry = .standard
) throws -> any Objective<Batch<M.Observation>> {
  let assembly = Assembly(
    registry, of: Observed(M.Observation.self), key: RandomKey(seed: 1))
  assembly.offer(.model) { _ in model }
  if let images = model as? any LatentModel<Tensor> {
    assembly.offer(.observationShape) { _ in images.observationShape }
  }
  let made = try assembly.make(part, .objective)
  guard let objective = made as? any Objective<Batch<M.Observation>> else { throw Misshapen() }
  return objective
}

/// What a configuration gave is of another type than it should be.
struct Misshapen: Error {}
