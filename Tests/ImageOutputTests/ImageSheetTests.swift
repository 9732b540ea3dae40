import Testing

@testable import ImageOutput

private func images(_ count: Int, height: Int = 5, width: Int = 4, channels: Int = 1) -> [Image] {
  (0..<count).map { pattern(height: height, width: width, channels: channels, seed: $0) }
}

/// Every image of the sheet lies, enlarged, where the layout says, and inside the page.
private func expectImagesInPlace(
  _ sheet: ImageSheet, sourceLocation: SourceLocation = #_sourceLocation
) {
  let (layout, picture) = (sheet.layout, sheet.rendered())
  #expect(picture.height == layout.height && picture.width == layout.width)
  var used: [Rectangle] = []
  for (row, places) in sheet.rows.enumerated() {
    for (column, place) in places.enumerated() {
      guard let image = place.image else { continue }
      let frame = layout.frames[row][column]
      #expect(
        part(picture, frame) == image.enlarged(by: layout.scale).colored(),
        "row \(row), column \(column)", sourceLocation: sourceLocation)
      #expect(used.allSatisfy { $0.intersection(frame).width * $0.intersection(frame).height == 0 })
      used.append(frame)
    }
  }
}

@Suite struct ImageSheets {
  @Test(arguments: [1, 3], [1, 2, 7, 16]) func aContactSheetShowsEveryImage(
    channels: Int, count: Int
  ) {
    let sheet = ImageSheet.contact(images(count, channels: channels), title: "Samples")
    expectImagesInPlace(sheet)
    #expect(sheet.rows.joined().count == count)
  }

  @Test func theLayoutIsThis() {
    var sheet = ImageSheet.contact(images(5), columns: 3)
    sheet.scale = 2
    let layout = sheet.layout
    // A margin of 28 on all sides, a gap of 6; the images are 10 high and 8 wide.
    #expect(layout.width == 28 + 3 * 8 + 2 * 6 + 28)
    #expect(layout.height == 28 + 2 * 10 + 6 + 28)
    #expect(layout.frames[1][1] == Rectangle(x: 42, y: 44, width: 8, height: 10))
    sheet.title = "A"
    #expect(sheet.layout.frames[1][1].y == 44 + 36)
    sheet.subtitle = "B"
    #expect(sheet.layout.frames[1][1].y == 44 + 36 + 24)
    sheet.columnLabels = ["C"]
    #expect(sheet.layout.frames[1][1].y == 44 + 36 + 24 + 20)
    sheet.rows[0][0].caption = "D"
    #expect(sheet.layout.frames[1][1].y == 44 + 36 + 24 + 20 + 26)
    #expect(sheet.layout.frames[0][0].y == 28 + 36 + 24 + 20)
    sheet.rowLabels = ["x"]
    #expect(sheet.layout.frames[0][0].x == 28 + 5 + 10)
    expectImagesInPlace(sheet)
  }

  @Test(
    "small images are enlarged, large ones are not, and wide sheets stay within 1600 pixels",
    arguments: [
      (28, 8, 3), (28, 25, 2), (64, 8, 1), (8, 5, 11), (1, 4, 84), (300, 3, 1), (28, 90, 1),
    ])
  func naturalScale(side: Int, columns: Int, scale: Int) {
    let sheet = ImageSheet.contact(images(columns, height: side, width: side), columns: columns)
    #expect(sheet.layout.scale == scale)
  }

  @Test func originalsLieOverTheirReconstructions() {
    let (originals, reconstructions) = (images(60), images(60, channels: 3))
    let sheet = ImageSheet.comparison(originals: originals, reconstructions: reconstructions)
    expectImagesInPlace(sheet)
    #expect(sheet.rows.map(\.count) == [25, 25, 25, 25, 10, 10])
    #expect(sheet.rowLabels.count == 6)
    for (index, (above, below)) in zip(originals, reconstructions).enumerated() {
      let (row, column) = (index / 25 * 2, index % 25)
      #expect(sheet.rows[row][column].image == above)
      #expect(sheet.rows[row + 1][column].image == below)
      let frames = sheet.layout.frames
      #expect(frames[row][column].x == frames[row + 1][column].x)
      #expect(frames[row + 1][column].y == frames[row][column].maxY + 2)
    }
    // Between pairs there is more room than within one.
    #expect(sheet.layout.frames[2][0].y == sheet.layout.frames[1][0].maxY + 16)
  }

  @Test func traversalsAreLabelledOnBothSides() {
    let rows = (0..<3).map { _ in images(4) }
    let plain = ImageSheet.traversal(rows, rowLabels: [], columnLabels: []).layout
    let labelled = ImageSheet.traversal(
      rows, rowLabels: ["code 0", "code 1", "code 2"], columnLabels: ["−1", "0", "1", "2"])
    expectImagesInPlace(labelled)
    #expect(labelled.layout.frames[0][0].y == plain.frames[0][0].y + 20)
    #expect(labelled.layout.frames[0][0].x > plain.frames[0][0].x + 30)
    #expect(labelled.layout.frames[2][3].maxX + 28 == labelled.layout.width)
  }

  @Test func aManifoldHasNoGapsAndSparseLabels() {
    let values: [Float] = [-2, -1, 0, 1, 2]
    let sheet = ImageSheet.manifold(
      (0..<5).map { _ in images(5, height: 28, width: 28) }, across: values, down: values.reversed()
    )
    expectImagesInPlace(sheet)
    let frames = sheet.layout.frames
    #expect(frames[0][1].x == frames[0][0].maxX && frames[1][0].y == frames[0][0].maxY)
    #expect(sheet.columnLabels == ["−2.0", "", "0.0", "", "2.0"])
    #expect(sheet.rowLabels == ["2.0", "", "0.0", "", "−2.0"])
  }

  @Test func imagesOfOtherSizesLieInTheMiddleOfTheirPlace() {
    let sheet = ImageSheet(rows: [
      [.init(pattern(height: 9, width: 3, channels: 1)), .init(nil), .init(nil, caption: "none")],
      [.init(pattern(height: 1, width: 7, channels: 3), caption: "wide")],
    ])
    expectImagesInPlace(sheet)
    let layout = sheet.layout
    #expect(layout.frames[0][0].x == layout.slots[0][0].x + 2 * layout.scale)
    #expect(layout.frames[1][0].y == layout.slots[1][0].y + 4 * layout.scale)
  }

  @Test func anEmptySheetIsAPage() {
    for sheet in [
      ImageSheet.contact([], title: "Nothing"), ImageSheet(rows: []), ImageSheet(rows: [[], []]),
      .comparison(originals: [], reconstructions: []), .manifold([], across: [], down: []),
      .contact([Image(height: 0, width: 0, channels: 1, pixels: [])]),
    ] {
      let picture = sheet.rendered()
      #expect(picture.height >= 56 && picture.width >= 56)
    }
  }

  @Test func aLongCaptionStaysWithinItsPlace() {
    let plain = ImageSheet.contact(images(2, height: 28, width: 28), columns: 2)
    var captioned = plain
    captioned.rows[0][0].caption = String(repeating: "very long ", count: 20)
    let picture = captioned.rendered()
    let slot = captioned.layout.slots[0][0]
    let below = Rectangle(
      x: slot.maxX + 2, y: slot.maxY + 2, width: picture.width - slot.maxX - 2, height: 20)
    #expect(Set(part(picture, below).pixels) == Set([0xFB, 0xFA]))
    let caption = Rectangle(x: slot.x, y: slot.maxY + 2, width: slot.width, height: 20)
    #expect(Set(part(picture, caption).pixels).count > 20)
  }

  @Test func theSameSheetHasTheSamePixels() {
    let sheet = ImageSheet.comparison(
      originals: images(7), reconstructions: images(7), title: "Twice")
    #expect(sheet.rendered() == sheet.rendered())
  }
}

@Suite struct Text {
  @Test func everyPrintableCharacterIsDrawnDifferently() {
    var seen: [[UInt8]: Character] = [:]
    for code in UInt8(32)...126 {
      let character = Character(UnicodeScalar(code))
      #expect(Glyphs.drawings[character] != nil, "\(character)")
      var canvas = Canvas(height: 20, width: 20, color: .white)
      canvas.text(String(character), x: 4, y: 14, .black)
      #expect(seen.updateValue(character, forKey: canvas.image.pixels) == nil, "\(character)")
      let hasInk = canvas.image.pixels.contains { $0 < 128 }
      #expect(hasInk == (character != " "), "\(character)")
    }
  }

  @Test(arguments: Array(Glyphs.drawings.keys)) func glyphsStayInTheirLine(character: Character) {
    guard let glyph = Glyphs.drawings[character] else { return }
    for point in glyph.strokes.split(separator: "|").flatMap({ Typeface.outline($0) }) {
      #expect(point.x >= -1 && point.x <= glyph.width + 1.5)
      #expect(point.y >= -Glyphs.descent && point.y <= Glyphs.capHeight + 1)
    }
  }

  @Test func aLongTextIsShortened() {
    let text = "a caption that is too long"
    let width = Typeface.width(of: text)
    #expect(Typeface.fitted(text, width: width) == text)
    for part in stride(from: width - 1, through: 0, by: -3) {
      let short = Typeface.fitted(text, width: part)
      #expect(Typeface.width(of: short) <= part)
      #expect(short.isEmpty || short.hasSuffix("…"))
      #expect(text.hasPrefix(short.dropLast()))
    }
    #expect(
      Typeface.fitted(text, width: 80, scale: 2).count < Typeface.fitted(text, width: 80).count)
  }

  @Test func unknownCharactersAreBoxes() {
    #expect(Typeface.width(of: "漢") == Glyphs.missing.width)
    #expect(Typeface.strokes(of: "漢", origin: Point(0, 0), scale: 1).count == 1)
  }
}
