/// What was measured at the end of an epoch beside the loss.
public struct EpochMeasures: Sendable, Equatable {
  /// Values by name; they join the averages over the validation data, or over the training data
  /// where there are no others.
  public var terms: [EpochMetrics.Term]
  /// What a person should know; training goes on.
  public var warnings: [String]

  /// Values with what is to be said of them.
  public init(terms: [EpochMetrics.Term], warnings: [String] = []) {
    self.terms = terms
    self.warnings = warnings
  }
}
