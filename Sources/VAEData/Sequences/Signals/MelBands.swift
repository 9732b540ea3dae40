#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Triangular bands of frequencies, equally wide on the mel scale, each with height 1.
///
/// The scale is HTK's, mel(f) = 2595 log₁₀(1 + f / 700), from 0 to half the rate of samples.
///
/// - Source: Young and others, "The HTK Book", section 5.6; Davis and Mermelstein, "Comparison of
///   parametric representations for monosyllabic word recognition", 1980.
struct MelBands: Sendable {
  /// The first frequency of each band, and the weights from there.
  private let bands: [(first: Int, weights: [Double])]

  /// Bands over `binCount` frequencies; nil where one of them would hold no frequency.
  init?(_ bandCount: Int, binCount: Int, sampleRate: Int) {
    let nyquist = Double(sampleRate) / 2
    let highest = 2595 * log10(1 + nyquist / 700)
    let edges = (0..<(bandCount + 2)).map {
      700 * (pow(10, highest * Double($0) / Double(bandCount + 1) / 2595) - 1)
    }
    var bands: [(first: Int, weights: [Double])] = []
    for (low, (middle, high)) in zip(edges, zip(edges.dropFirst(), edges.dropFirst(2))) {
      var (first, weights): (Int, [Double]) = (0, [])
      for bin in 0..<binCount {
        let frequency = nyquist * Double(bin) / Double(binCount - 1)
        let weight = min((frequency - low) / (middle - low), (high - frequency) / (high - middle))
        guard weight > 0 else { continue }
        if weights.isEmpty { first = bin }
        weights.append(weight)
      }
      guard !weights.isEmpty else { return nil }
      bands.append((first, weights))
    }
    self.bands = bands
  }

  /// The power in each band.
  func callAsFunction(_ power: [Double]) -> [Double] {
    bands.map { first, weights in
      weights.indices.reduce(0) { $0 + weights[$1] * power[first + $1] }
    }
  }
}
