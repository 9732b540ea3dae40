/// What frames are, beyond their numbers: what a trained model has to find again in other data.
public struct FrameOrigin: Codable, Sendable, Hashable {
  /// Samples a second of the sound that frames were made of; nil of what is no sound.
  public var sampleRate: Int?
  /// What the features are called, in their order; nil where they have no names.
  public var columns: [String]?

  /// Nothing is known unless told otherwise.
  public init(sampleRate: Int? = nil, columns: [String]? = nil) {
    (self.sampleRate, self.columns) = (sampleRate, columns)
  }
}
