import Testing

@testable import ImageOutput

@Suite struct SignalPictureTests {
  @Test func coloursGoFromDarkToLight() {
    #expect(ColorScale.color(0) == Color(hex: 0x440154))
    #expect(ColorScale.color(0.5) == Color(hex: 0x21918C))
    #expect(ColorScale.color(2) == Color(hex: 0xFDE725))
    let lumas = (0...100).map { ColorScale.color(Float($0) / 100).luma }
    #expect(zip(lumas, lumas.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(ColorScale.color(0.35) == Color(red: 48, green: 108, blue: 142))
  }

  @Test func timeRunsRightAndFeaturesUp() {
    let image = Image(frames: [0, 1, 2, .nan, 4, 5], featureCount: 3, range: 0...5)
    #expect(image.height == 3 && image.width == 2)
    #expect(image.color(row: 2, column: 0) == ColorScale.color(0))
    #expect(image.color(row: 0, column: 0) == ColorScale.color(0.4))
    #expect(image.color(row: 2, column: 1) == .notANumber)
    #expect(image.color(row: 0, column: 1) == ColorScale.color(1))
    // Everything alike has one colour, and nothing at all is no trap.
    #expect(
      Image(frames: [3, 3], featureCount: 1, range: 3...3).color(row: 0, column: 1).red == 33)
    #expect(ImageSheet.spectrograms([], featureCount: 2).rendered().width > 0)
  }

  @Test func originalsSetTheColours() {
    let sheet = ImageSheet.spectrograms(
      originals: [[0, 1], [0, 1]], reconstructions: [[0, 9], [0.5, -9]], featureCount: 1,
      columns: 2, title: "Spectra")
    #expect(sheet.rows.count == 2 && sheet.rows[1].count == 2)
    #expect(sheet.rows[1][0].image?.color(row: 0, column: 1) == ColorScale.color(1))
    #expect(sheet.rows[1][1].image?.color(row: 0, column: 0) == ColorScale.color(0.5))
    #expect(sheet.subtitle?.contains("dark is 0.0, light 1.0") == true)
    #expect(sheet.rendered().height > 96)
  }

  @Test func everyCurveIsSeenAndOneScaleHolds() {
    var sheet = SeriesSheet.comparison(
      originals: [[0, 0, 0, 0], [1, 1, 1, 1]], reconstructions: [[1, 1, 1, 1], [0, 0, 0, 0]],
      featureCount: 1, columns: 2)
    sheet.names = []
    let image = sheet.rendered()
    func has(_ color: Color, _ area: Rectangle) -> Bool {
      (area.y..<area.maxY).contains { row in
        (area.x..<area.maxX).contains { image.color(row: row, column: $0) == color }
      }
    }
    // The second curve lies high in the first plot and low in the second.
    let half = image.width / 2
    let middle = image.height / 2
    let upperLeft = Rectangle(x: 0, y: 0, width: half, height: middle)
    let lowerRight = Rectangle(x: half, y: middle, width: image.width - half, height: middle)
    #expect(has(Palette.color(1), upperLeft) && has(Palette.color(1), lowerRight))
    let lowerLeft = Rectangle(x: 0, y: middle, width: half, height: middle)
    #expect(!has(Palette.color(1), lowerLeft))
  }

  @Test func featuresHaveBandsAndGapsAreLeft() {
    let one = SeriesSheet.contact([[1, 2, 3]], featureCount: 1).rendered()
    let three = SeriesSheet.contact([[1, 2, 3]], featureCount: 3, captions: ["a"]).rendered()
    #expect(three.height > one.height + 2 * 84)
    let odd = SeriesSheet.contact([[.nan, .infinity, 1], []], featureCount: 1, title: "Odd")
    #expect(odd.rendered().width > 2 * 240)
    #expect(SeriesSheet([], featureCount: 1).rendered().height > 0)
  }
}
