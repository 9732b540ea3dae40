/// How a stage's layers are arranged.
public enum ConvStyle: String, Sendable, Hashable, Codable, CaseIterable {
  /// One convolution a stage.
  case plain
  /// A residual block a stage; a decoder's stage first repeats pixels to reach its size.
  case residual
}
