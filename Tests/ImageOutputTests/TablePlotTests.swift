import Testing

@testable import ImageOutput

/// The table of `classes` classes that confuses each with the next.
private func table(classes: Int, right: Int, wrong: Int) -> [[Int]] {
  (0..<classes).map { row in
    (0..<classes).map { column in
      row == column ? right : column == (row + 1) % classes ? wrong : 0
    }
  }
}

@Suite struct ConfusionMatrixPlots {
  @Test(arguments: [(10, 62), (11, 40), (37, 24), (150, 6)])
  func rightAnswersAndMistakesHaveTheirShades(classes: Int, side: Int) {
    let plot = ConfusionMatrixPlot(
      table(classes: classes, right: 9, wrong: 1), classNames: (0..<classes).map { "class \($0)" },
      title: "Confusion")
    let image = plot.rendered()
    let (left, top) = (image.width - 28 - classes * side, 28 + 36)
    func color(_ row: Int, _ column: Int) -> Color {
      image.color(row: top + row * side + 1, column: left + column * side + 1)
    }
    for row in [0, 3, classes - 1] {
      #expect(color(row, row) == shade(0, share: 0.9))
      #expect(color(row, (row + 1) % classes) == shade(1, share: 0.1))
      #expect(color(row, (row + 2) % classes) == Theme.background)
    }
    #expect(image.width < 1200 && image.height < 1300)
  }

  /// The colour of a cell with this share of its row.
  private func shade(_ index: Int, share: Float) -> Color {
    var canvas = Canvas(height: 1, width: 1, color: Theme.background)
    canvas.fill(
      Rectangle(x: 0, y: 0, width: 1, height: 1), Palette.color(index),
      opacity: 0.04 + 0.86 * share.squareRoot())
    return canvas.image.color(row: 0, column: 0)
  }

  @Test func numbersStandOnlyWhereTheyFit() {
    func inked(_ count: Int) -> Bool {
      let (side, classes) = (40, 12)
      let image = ConfusionMatrixPlot(table(classes: classes, right: count, wrong: 0)).rendered()
      let cell = Rectangle(
        x: image.width - 28 - classes * side, y: 28, width: side - 1, height: side - 1)
      let first = image.color(row: cell.y + 1, column: cell.x + 1)
      return part(image, cell) != Image(height: cell.height, width: cell.width, color: first)
    }
    #expect(inked(7) && !inked(123_456))
  }

  @Test(
    arguments: [
      [], [[0]], [[5]], [[0, 0], [0, 0]], [[1_000_000_000, 1], [0, 3]],
      [[1, 2, 3], [0, 0, 0], [9, 9, 9]],
    ] as [[[Int]]])
  func oddTablesAreDrawnWithoutATrap(counts: [[Int]]) {
    let plot = ConfusionMatrixPlot(
      counts, classNames: ["a name that is far too long for any cell of a table, however large"],
      title: "A title", subtitle: "a line under it")
    #expect(plot.rendered() == plot.rendered())
  }
}

@Suite struct SeriesPlots {
  private let wave = (0..<4000).map { Double($0 % 50) - 25 }

  /// The columns with a pixel of this very colour.
  private func columns(_ color: Color, in image: Image) -> Set<Int> {
    Set(
      (0..<(image.height * image.width)).filter {
        image.color(row: $0 / image.width, column: $0 % image.width) == color
      }.map { $0 % image.width })
  }

  @Test func scoresAboveTheThresholdStandOutAtTheirPlace() {
    let scores = stride(from: 0, to: 4000, by: 100).map {
      SeriesPlot.Score($0..<($0 + 100), $0 == 2000 ? 9 : 1)
    }
    var plot = SeriesPlot(wave, scores: scores, threshold: 5, rowCount: 1)
    (plot.width, plot.rowHeight) = (500, 90)
    let image = plot.rendered()
    var canvas = Canvas(height: 1, width: 1, color: Theme.background)
    canvas.fill(
      Rectangle(x: 0, y: 0, width: 1, height: 1), Palette.color(1), opacity: 0.95)
    let red = columns(canvas.image.color(row: 0, column: 0), in: image)
    let (left, right) = (red.min() ?? 0, red.max() ?? 0)
    // A fortieth of the width, a little right of the middle.
    #expect((7...12).contains(right - left))
    #expect(left > image.width / 2 && left < image.width / 2 + 30)
    plot.scores.append(.init(2000..<2100, 2))
    #expect(plot.rendered() == image)
    plot.threshold = 10
    #expect(columns(canvas.image.color(row: 0, column: 0), in: plot.rendered()).isEmpty)
  }

  @Test func markedPlacesAreMarked() {
    var plot = SeriesPlot(wave, rowCount: 2)
    (plot.width, plot.rowHeight) = (500, 90)
    let plain = plot.rendered()
    plot.marked = [100..<300, 3900..<9000]
    let image = plot.rendered()
    plot.marked.insert(200..<300, at: 0)
    #expect(plot.rendered() == image)
    #expect(image.height == plain.height && image != plain)
    // The middle of each row lies apart from the marks.
    let middle = Rectangle(x: 150, y: 0, width: 200, height: image.height)
    #expect(part(image, middle) == part(plain, middle))
  }

  @Test(
    arguments: [
      [], [1], [.nan], [1, .nan, 2], [.infinity, 0], [1e300, -1e300], [3, 3, 3],
    ] as [[Double]], [0, 1, 3])
  func oddSeriesAreDrawnWithoutATrap(values: [Double], rows: Int) {
    var plot = SeriesPlot(
      values, scores: [.init(0..<1, .nan), .init(0..<2, 1), .init(7..<9, -1e300)],
      threshold: .infinity, marked: [0..<1, 5..<6], rowCount: rows, title: "Odd")
    (plot.width, plot.rowHeight) = (0, 0)
    #expect(plot.rendered() == plot.rendered())
  }
}
