internal import CTensorKernels

/// The threads that kernels share their work among.
public enum Threads {
  /// How many the calling thread's kernels use.
  public static var count: Int { Int(vae_threads()) }

  /// Sets how many kernels use, at least 1; on a machine that is busy already, 1 is often fastest.
  public static func use(_ count: Int) { vae_set_threads(Int32(clamping: count)) }

  /// Calls `body` for chunks of `grain` of 0..<`count`, on several threads at once.
  ///
  /// The chunks do not depend on the number of threads; calls write to different places, so that neither do the numbers. A
  /// grain worth some 10 microseconds of work is large enough.
  public static func share(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    withoutActuallyEscaping(body) { body in
      var work = Work(body: body)
      withUnsafeMutablePointer(to: &work) { work in
        vae_parallel_for(
          Int64(count), Int64(max(grain, 1)),
          { context, begin, end in
            context?.assumingMemoryBound(to: Work.self).pointee.body(Int(begin)..<Int(end))
          }, work)
      }
    }
  }

  private struct Work {
    let body: (Range<Int>) -> Void
  }
}
