internal import CTensorKernels

/// Who looks at the kernels that run on one thread: a recording, a profile, or both.
final class Watch {
  let recording: Recording?
  let profile: Profile?

  private init(recording: Recording?, profile: Profile?) {
    self.recording = recording
    self.profile = profile
  }

  /// The watch of the calling thread; nil when nobody looks.
  static var current: Watch? {
    guard let watch = vae_watch() else { return nil }
    return Unmanaged<Watch>.fromOpaque(watch).takeUnretainedValue()
  }

  /// Calls `body` while `recording` hears of every kernel of this thread.
  static func recording<R>(_ recording: Recording, _ body: () throws -> R) rethrows -> R {
    try watching(Watch(recording: recording, profile: current?.profile), body)
  }

  /// Calls `body` while `profile` times every kernel of this thread.
  static func profiling<R>(_ profile: Profile, _ body: () throws -> R) rethrows -> R {
    try watching(Watch(recording: current?.recording, profile: profile), body)
  }

  /// Calls `body` while nobody times the kernels of this thread; who records them still hears of them.
  static func unprofiled<R>(_ body: () throws -> R) rethrows -> R {
    try watching(Watch(recording: current?.recording, profile: nil), body)
  }

  private static func watching<R>(_ watch: Watch, _ body: () throws -> R) rethrows -> R {
    let before = vae_watch()
    vae_set_watch(Unmanaged.passUnretained(watch).toOpaque())
    defer { vae_set_watch(before) }
    return try withExtendedLifetime(watch, body)
  }
}
