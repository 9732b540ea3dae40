public import VAECore

/// Trains whatever has a loss: one trainer for every objective.
///
///     try Trainer(options).fit(ELBO(model), training: digits, validation: held, in: RunFolder("runs/1"))
///
/// Two runs with the same options, data and first weights give the same weights to the last bit, also when one
/// of them was interrupted and resumed.
public struct Trainer: Sendable {
  /// How to train.
  public var options: TrainingOptions

  /// A trainer with the given options.
  public init(_ options: TrainingOptions = TrainingOptions()) { self.options = options }

  /// Trains `objective` on the calling thread, which is the only one it takes steps on.
  ///
  /// With a `folder`, curves, the best weights and a checkpoint at the end of each epoch are written there; one that
  /// already holds a run is refused unless `resume` continues it; data or best weights that were changed since then
  /// are refused too, or warned of where `acceptsChanges`. The last weights (their moving average, if one is kept)
  /// stay in the model. What no player of the objective trains stays as it is. `measure` is asked at the end of each epoch, while the model holds the weights that were
  /// validated, and what it finds stands beside the losses. `profile` asks where the time of some steps goes, which changes
  /// no number; ``TrainingEvent/profiled(_:)`` tells. `report` hears every event, and ends the run with an error
  /// by throwing it; raising `stop` ends it in good order.
  ///
  /// - Throws: `TrainingError` where options make no sense or a number is no number any more, `CheckpointError` where
  ///   files cannot be read or written, and what the sources, `measure` and `report` throw.
  @discardableResult
  public func fit<O: Objective>(
    _ objective: O, training: any BatchSource<O.Batch>,
    validation: (any BatchSource<O.Batch>)? = nil, in folder: RunFolder? = nil,
    resume: Bool = false, acceptsChanges: Bool = false, stop: StopFlag = StopFlag(),
    profile: ProfileRequest? = nil, report: (TrainingEvent) throws -> Void = { _ in },
    measure: ((EpochSummary) throws -> EpochMeasures)? = nil
  ) throws -> TrainingSummary where O.Batch: CountedBatch & Sendable {
    try options.validate()
    try profile?.validate()
    var loop = try TrainingLoop(
      options, objective, training: training, validation: validation, folder: folder, stop: stop,
      profile: profile)
    for player in objective.players where measure == nil {
      if let measure = player.measure { throw TrainingError.unmeasured(measure, by: player.name) }
    }
    try loop.open(resume: resume, acceptsChanges: acceptsChanges, report)
    return try loop.run(measure: measure, report)
  }
}
