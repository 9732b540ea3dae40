extension Run {
  /// Makes the model and its objectives for observations that stand in for data, before there is any.
  ///
  /// - Throws: What is wrong whatever the data is: what is said in the same words of all of them. The
  ///   rest is left to the data to tell.
  static func rehearse(
    _ configuration: RunConfiguration, in folder: RunFolder, _ registry: Registry
  ) throws {
    var problems: [any Error] = []
    for standIn in D.standIns {
      do {
        let run = try Run(configuration, folder, standIn, registry, exampleCount: 1000)
        for stage in run.stages { _ = try stage.objective() }
        return
      } catch {
        problems.append(error)
      }
    }
    if let first = problems.first, problems.allSatisfy({ "\($0)" == "\(first)" }) { throw first }
  }
}
