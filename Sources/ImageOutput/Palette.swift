/// Ten colours that stay apart for people with any of the usual kinds of colour vision.
///
/// They were searched for the largest least difference: under the simulations of red, green and
/// blue blindness by Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation
/// of Color Vision Deficiency" (2009), any two differ by more than 28 in CIELAB, and each differs
/// from the light page by more than 39.
public enum Palette {
  /// The colours, those for few curves first.
  public static let colors: [Color] = [
    0x4638F5, 0xC22700, 0xEBBA10, 0x06634F, 0x4E96F5, 0xD563A8, 0x801899, 0x939260, 0x650000,
    0x302249,
  ].map { Color(hex: $0) }

  /// The colour of a class or curve; after the last they begin anew.
  public static func color(_ index: Int) -> Color {
    colors[((index % colors.count) + colors.count) % colors.count]
  }
}
