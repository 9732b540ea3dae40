extension SequenceRun {
  /// A picture of generated signals, in the unit of the data.
  public func picture(of signals: Sequences, title: String, subtitle: String?) -> Image {
    fatalError()
  }
  /// A picture of signals and of what the model makes of each.
  public func picture(
    ofReconstructed signals: Sequences, title: String, subtitle: String?
  ) -> Image {
    fatalError()
  }
}
