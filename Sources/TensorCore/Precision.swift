internal import CTensorKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

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

  /// Whether the processor has units for it.
  ///
  /// Elsewhere products still give what such units would, by way of float32 and no faster. The environment variable
  /// VAE_EMULATE_BFLOAT16 makes a training do so, to see what the rounding does to a model.
  public var isFast: Bool {
    switch self {
    case .float32: return true
    case .bfloat16:
      if getenv("VAE_EMULATE_BFLOAT16") != nil { return true }
      #if OneDNN
        return vae_onednn_has_bfloat16() != 0
      #else
        return false
      #endif
    }
  }
}
