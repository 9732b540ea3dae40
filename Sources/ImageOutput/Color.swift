/// An opaque colour of 8-bit red, green and blue, as screens take it (sRGB).
public struct Color: Sendable, Hashable {
  /// Red, 0 to 255.
  public var red: UInt8
  /// Green, 0 to 255.
  public var green: UInt8
  /// Blue, 0 to 255.
  public var blue: UInt8

  /// Makes a colour of its three parts, each 0 to 255.
  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// Makes a grey, 0 black to 255 white.
  public init(gray: UInt8) {
    self.init(red: gray, green: gray, blue: gray)
  }

  /// Makes a colour of 24 bits written `0xRRGGBB`.
  init(hex: UInt32) {
    self.init(
      red: UInt8(truncatingIfNeeded: hex >> 16), green: UInt8(truncatingIfNeeded: hex >> 8),
      blue: UInt8(truncatingIfNeeded: hex))
  }

  /// White.
  public static let white = Color(gray: 255)
  /// Black.
  public static let black = Color(gray: 0)
  /// Magenta, the colour in which images show values that are not numbers.
  public static let notANumber = Color(red: 255, green: 0, blue: 255)

  /// How light the colour looks, 0 to 255 (ITU-R BT.601 weights).
  public var luma: UInt8 {
    let sum = UInt32(red) * 19595 + UInt32(green) * 38470 + UInt32(blue) * 7471
    return UInt8((sum + 0x8000) >> 16)
  }
}
