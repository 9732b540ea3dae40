internal import CTensorKernels

/// The threads that kernels share their work among.
public enum Threads {
  /// How many the calling thread's kernels use.
  public static var count: Int { Int(vae_threads()) }

  /// Sets how many kernels use, at least 1; on a machine that is busy already, 1 is often fastest.
  public static func use(_ count: Int) { vae_set_threads(Int32(clamping: count)) }
}
