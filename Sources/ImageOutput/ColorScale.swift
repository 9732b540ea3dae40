/// Colours for values, evenly spaced to the eye from dark blue over green to light yellow.
///
/// - Source: van der Walt and Smith, "viridis", Matplotlib 2.0; eleven of its colours, mixed between.
enum ColorScale {
  private static let colors: [Color] = [
    0x440154, 0x482475, 0x414487, 0x355F8D, 0x2A788E, 0x21918C, 0x22A884, 0x44BF70, 0x7AD151,
    0xBDDF26, 0xFDE725,
  ].map { Color(hex: $0) }

  /// The colour of a value in [0, 1]; values outside take that of the nearer end.
  static func color(_ value: Float) -> Color {
    let place = max(0, min(1, value)) * Float(colors.count - 1)
    let first = min(Int(place), colors.count - 2)
    let (low, high, part) = (colors[first], colors[first + 1], place - Float(first))
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8((Float(a) + (Float(b) - Float(a)) * part).rounded())
    }
    return Color(
      red: mix(low.red, high.red), green: mix(low.green, high.green),
      blue: mix(low.blue, high.blue))
  }
}
