internal import CTensorKernels
internal import Synchronization

#if OneDNN
  internal import COneDNN
#endif

/// How products read their operands.
public enum Precision: String, Sendable, Hashable, Codable, CaseIterable {
  /// As they are.
  case float32
  /// Rounded to bfloat16 and summed in float32; everything that is kept, and everything but products, stays float32.
  ///
  /// - Source: Micikevicius et al., "Mixed Precision Training", arXiv:1710.03740; Kalamkar et al., "A Study of BFLOAT16
  ///   for Deep Learning Training", arXiv:1905.12322.
  case bfloat16

  /// Whether the processor multiplies in this precision at least as fast as in float32.
  public var isFast: Bool {
    switch self {
    case .float32: return true
    case .bfloat16:
      #if OneDNN
        return vae_onednn_has_bfloat16() != 0
      #else
        return false
      #endif
    }
  }
}
