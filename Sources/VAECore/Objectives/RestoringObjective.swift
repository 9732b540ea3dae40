public import Layers

/// An objective that can tell observations from codes of something else, such as a damaged form of them.
public protocol RestoringObjective<Observation>: Objective
where Batch == VAECore.Batch<Observation> {
  /// A batch of observations.
  associatedtype Observation: Rows
  /// The loss of telling `x` from codes of `seen`, of the player that `context.player` names.
  func loss(of x: Observation, seeing seen: Observation, _ context: inout Context) -> Loss
}

extension RestoringObjective {
  /// The loss of telling observations from codes of themselves.
  public func loss(on batch: VAECore.Batch<Observation>, _ context: inout Context) -> Loss {
    loss(of: batch.observations, seeing: batch.observations, &context)
  }
}
