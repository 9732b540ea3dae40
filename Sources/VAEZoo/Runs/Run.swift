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
  /// - Throws: `DataError` where there is no data, or none that can be used, `ObservationError`
  ///   where it is not what the run was begun with, and what making the model throws.
  public static func begin(
    _ configuration: RunConfiguration, in folder: RunFolder, isResumed: Bool,
    registry: Registry = .standard
  ) throws -> (run: Run, data: RunData<D>) {
    try Assembly.rehearse(
      configuration.model, .model(of: Observation.self), of: D.observed, registry: registry)
    let known = isResumed ? try domain(configuration, folder) : nil
    let (domain, data) = try open(configuration, as: known)
    var complete = configuration
    complete.observation = ConfigurationValue(encoding: domain.format)
    let run = try Run(complete, folder, domain, registry, exampleCount: data.train.count)
    return (run, data)
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

  private init(
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

  /// Puts the best weights of the folder into the model.
  public func loadWeights() throws(CheckpointError) { try folder.loadWeights(into: model) }

  /// Opens data in the form that the model takes.
  ///
  /// - Throws: `DataError` where there is none, `ObservationError` where the model cannot take it.
  public func open(_ configuration: RunConfiguration) throws -> RunData<D> {
    try Self.open(configuration, as: domain).data
  }

  private static func open(
    _ configuration: RunConfiguration, as known: D?
  ) throws -> (domain: D, data: RunData<D>) {
    let reading: D.Reading = try configuration.data.reading.options(at: ["data"])
    let (domain, splits) = try D.open(configuration.data.path, reading, as: known)
    let data = RunData(splits, domain, reading, configuration)
    return (known ?? domain.trained(on: data.train), data)
  }

  /// The run's objective around its model.
  public func objective() throws -> any Objective<Batch<Observation>> {
    let made = try aroundModel().make(configuration.objective, .objective)
    guard let objective = made as? any Objective<Batch<Observation>> else {
      throw CompositionError(
        incompatible: "the objective '\(configuration.objective.name)' is none of \(D.name)")
    }
    return objective
  }

  /// An assembly for what is put around the model.
  func aroundModel() -> Assembly {
    let assembly = Assembly(registry, of: D.observed, key: configuration.key(.weights))
    let model = model
    assembly.offer(.model) { _ in model }
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
