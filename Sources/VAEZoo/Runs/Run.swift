internal import SystemFiles

/// A run over data of a kind: its folder, what was decided about it, and its model.
public struct Run<D: Domain> {
  /// A batch of observations.
  public typealias Observation = D.Part.Observation
  /// The folder.
  public let folder: RunFolder
  /// What rebuilds the model and repeats the run.
  public let configuration: RunConfiguration
  /// What is known of the data.
  public let domain: D
  /// The model.
  public let model: any LatentModel<Observation>
  let registry: Registry

  /// Starts a run: opens the data and makes a model with fresh weights for it, or, where
  /// `isResumed`, in the form that the folder keeps.
  ///
  /// - Throws: Before data is opened, what makes no sense of any data, such as parts that do not fit;
  ///   `DataError` where there is no data, or none that can be used, `ObservationError`
  ///   where it is not what the run was begun with, and what making the model throws.
  public static func begin(
    _ configuration: RunConfiguration, in folder: RunFolder, isResumed: Bool,
    registry: Registry = .standard
  ) throws -> (run: Run, data: RunData<D>) {
    try rehearse(configuration, in: folder, registry)
    let known = isResumed ? try domain(configuration, folder) : nil
    let (domain, data) = try open(configuration, as: known, registry)
    var complete = configuration
    complete.observation = ConfigurationValue(encoding: domain.format)
    return (try Run(complete, folder, domain, registry, exampleCount: data.train.count), data)
  }

  /// The run of a folder, with weights yet to be loaded.
  ///
  /// - Throws: ``RunError`` where what the folder holds about its data is missing or damaged, and
  ///   what making the model throws.
  public init(
    _ configuration: RunConfiguration, in folder: RunFolder, registry: Registry = .standard
  ) throws {
    try self.init(configuration, folder, try Self.domain(configuration, folder), registry)
  }

  init(
    _ configuration: RunConfiguration, _ folder: RunFolder, _ domain: D, _ registry: Registry,
    exampleCount: Int? = nil
  ) throws {
    (self.folder, self.configuration) = (folder, configuration)
    (self.domain, self.registry) = (domain, registry)
    let assembly = Assembly(registry, of: D.observed, key: configuration.key(.weights))
    domain.offer(to: assembly)
    if let exampleCount { assembly.offer(.exampleCount) { _ in exampleCount } }
    model = try assembly.make(configuration.model, .model(of: Observation.self), as: "")
  }

  private static func domain(
    _ configuration: RunConfiguration, _ folder: RunFolder
  ) throws -> D {
    do {
      let format = try (configuration.observation ?? .null)
        .decoded(as: D.Format.self, at: ["observation"])
      return try D(format, in: folder)
    } catch let error as ConfigurationError {
      throw RunError(.damaged, "\(folder.configuration): \(error)")
    }
  }

  /// The run in each of its stages, on one model: each with a folder, an objective and a trainer of
  /// its own, the first in the run's folder.
  public var stages: [Run] {
    [Run(self, in: folder, during: configuration.first)]
      + configuration.stages.map { Run(self, in: folder.stage($0.name), during: $0) }
  }

  private init(_ whole: Run, in folder: RunFolder, during stage: Stage) {
    (self.folder, configuration) = (folder, whole.configuration.during(stage))
    (domain, model, registry) = (whole.domain, whole.model, whole.registry)
  }

  /// Puts the best weights of the last stage that has some into the model.
  public func loadWeights() throws(CheckpointError) {
    let trained = configuration.stages.map { folder.stage($0.name) }.last { fileExists($0.model) }
    try (trained ?? folder).loadWeights(into: model)
  }

  /// Opens data in the form that the model takes; `undivided` sets nothing of it aside.
  ///
  /// - Throws: `DataError` where there is none, `ObservationError` where the model cannot take it.
  public func open(
    _ configuration: RunConfiguration, undivided: Bool = false
  ) throws -> RunData<D> {
    let data = try Self.open(configuration, as: domain, registry, undivided: undivided).data
    for part in [data.train, data.validation, data.test].compactMap(\.self) {
      try check(part, of: data, first: 1000)
    }
    return data
  }

  /// Makes sure that the model takes the first examples of a part, and none of its sequences is too long.
  ///
  /// - Throws: `ObservationError` that says what is wrong with which data, and what reading it throws.
  public func check(_ part: D.Part, of data: RunData<D>, first count: Int) throws {
    let limit = (model as? any LengthLimited)?.maximumLength
    if let longest = part.longest, let limit, longest > limit {
      throw ObservationError(
        "\(part.name): its longest example has \(longest) steps, but the model reads at most "
          + "\(limit); leave longer ones out, as with data.too_long, or cut them into windows")
    }
    func check(_ model: some LatentModel<Observation>) throws {
      var left = count
      let batches = data.batches(of: part).batches(epoch: 0, startingAt: 0)
      while left > 0, let batch = try batches.next() {
        do {
          try model.validate(batch.observations)
        } catch {
          throw ObservationError("\(part.name): \(error)")
        }
        left -= batch.count
      }
    }
    try check(model)
  }

  private static func open(
    _ configuration: RunConfiguration, as known: D?, _ registry: Registry, undivided: Bool = false
  ) throws -> (domain: D, data: RunData<D>) {
    let reading: D.Reading = try configuration.data.reading.options(at: ["data"])
    let (domain, splits): (D, DatasetSplits<D.Part>)
    do {
      (domain, splits) = try D.open(configuration.data.path, reading, as: known)
    } catch let error as DataError {
      if let words = D.mismatch(configuration, isKnown: known != nil, registry) {
        throw error.adding(words)
      }
      guard error.kind == .missing, known != nil else { throw error }
      var problem = "\(error)"
      while problem.hasSuffix(".") { problem.removeLast() }
      throw RunError(
        .missing, "\(problem); where the run's data has moved, name its place with --data")
    }
    let data = try RunData(splits, domain, reading, configuration, undivided: undivided)
    return (known ?? domain.trained(on: data.train), data)
  }

  /// The objective of the run's first stage around its model.
  ///
  /// - Throws: ``ConfigurationError`` where it needs what the configuration leaves out, and what
  ///   making it throws.
  public func objective() throws -> any Objective<Batch<Observation>> {
    let made = try aroundModel().make(configuration.objective, .objective)
    guard let objective = made as? any Objective<Batch<Observation>> else {
      throw CompositionError(
        incompatible: "the objective '\(configuration.objective.name)' is none of \(D.name)")
    }
    guard
      configuration.measure.examples > 0 || objective.players.allSatisfy({ $0.measure == nil })
    else {
      throw ConfigurationError(
        "takes 1 or more with objective.inner_steps, which mutual information ends",
        at: ["measure", "examples"])
    }
    return configuration.trains.isEmpty ? objective : try restricted(objective)
  }

  private func restricted(
    _ objective: some Objective<Batch<Observation>>
  ) throws(ConfigurationError) -> any Objective<Batch<Observation>> {
    do {
      return try Restricted(objective, to: configuration.trains)
    } catch {
      throw ConfigurationError("\(error)", at: configuration.path(of: "trains"))
    }
  }

  /// An assembly for what is put around the model, or around another form of it.
  func aroundModel(_ model: (any LatentModel<Observation>)? = nil) -> Assembly {
    let assembly = Assembly(registry, of: D.observed, key: configuration.key(.weights))
    let model = model ?? self.model
    assembly.offer(.model) { _ in model }
    domain.offer(to: assembly)
    let batchSize = configuration.trainer.batchSize
    assembly.offer(.batchSize) { _ in batchSize }
    let registry = registry
    assembly.offer(.trainedEncoder) { _ in { try Run.trainedEncoder(at: $0, registry) } }
    assembly.offer(.weights) { _ in
      { path in
        let file = try SafeTensors(contentsOf: path)
        return Dictionary(
          uniqueKeysWithValues: file.names.compactMap { n in file[n].map { (n, $0) } })
      }
    }
    return assembly
  }

  /// Writes what rebuilds the model into the folder, in one piece each.
  public func write() throws(CheckpointError) {
    try domain.write(to: folder)
    try configuration.write(to: folder)
  }

  /// What the model is, in a few words.
  public var caption: String {
    "\(configuration.preset ?? configuration.model.name) trained on \(configuration.data.name)"
  }
}
