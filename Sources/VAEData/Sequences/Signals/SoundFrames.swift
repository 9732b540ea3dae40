#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Divides sound into frames.
///
/// The first frame begins with the first sample, and silence fills the last. Spectra are taken under a
/// periodic Hann window, of a frame filled up with zeros to a power of two; logarithms are natural and
/// of at least ``floor``.
struct SoundFrames: Sendable {
  private enum Kind: Sendable {
    case samples
    case spectrum(PowerSpectrum)
    case mel(PowerSpectrum, MelBands)
  }

  /// Numbers in a frame.
  let featureCount: Int
  private let kind: Kind
  /// Samples in a frame.
  private let length: Int
  /// Samples from the start of one frame to that of the next.
  private let hop: Int
  private let window: [Double]

  /// The least power; a magnitude's square is one.
  private static let floor = 1e-10

  init(_ options: SignalOptions, sampleRate: Int, path: String) throws(DataError) {
    func samples(_ milliseconds: Double) -> Int {
      max(1, Int((milliseconds * Double(sampleRate) / 1000).rounded()))
    }
    let length = samples(options.frameLength)
    guard length <= 1 << 20 else {
      throw DataError(
        .usage, path, "a frame of \(options.frameLength) ms has \(length) samples; choose less.")
    }
    let spectrum = PowerSpectrum(atLeast: max(2, length))
    var hop = samples(options.hop)
    switch options.representation {
    case .samples: (kind, featureCount, hop) = (.samples, length, length)
    case .spectrum: (kind, featureCount) = (.spectrum(spectrum), spectrum.binCount)
    case .logMel:
      guard
        let bands = MelBands(
          options.bands, binCount: spectrum.binCount, sampleRate: sampleRate)
      else {
        throw DataError(
          .usage, path,
          "\(options.bands) bands are too many for frames of \(options.frameLength) ms at "
            + "\(sampleRate) samples a second: some would hold no frequency; choose fewer bands or "
            + "longer frames.")
      }
      (kind, featureCount) = (.mel(spectrum, bands), options.bands)
    }
    self.length = length
    self.hop = hop
    window = (0..<length).map { 0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(length)) }
  }

  /// How many frames that many samples make.
  func count(_ samples: Int) -> Int { 1 + max(0, (samples - length + hop - 1) / hop) }

  /// Writes the frames of `samples` that fill `out`.
  func write(_ samples: [Float], into out: UnsafeMutableBufferPointer<Float>) {
    for frame in 0..<(out.count / featureCount) {
      let start = frame * hop
      let rest = out[(frame * featureCount)..<((frame + 1) * featureCount)]
      func put(_ values: some Sequence<Double>) {
        for (place, value) in zip(rest.indices, values) { out[place] = Float(value) }
      }
      let part = samples[min(start, samples.count)..<min(start + length, samples.count)]
      switch kind {
      case .samples:
        rest.update(repeating: 0)
        for (place, sample) in zip(rest.indices, part) { out[place] = sample }
      case .spectrum(let spectrum):
        put(spectrum(windowed(part)).map { log(max($0, Self.floor)) / 2 })
      case .mel(let spectrum, let bands):
        put(bands(spectrum(windowed(part))).map { log(max($0, Self.floor)) })
      }
    }
  }

  private func windowed(_ samples: ArraySlice<Float>) -> [Double] {
    zip(samples, window).map { Double($0) * $1 }
  }
}
