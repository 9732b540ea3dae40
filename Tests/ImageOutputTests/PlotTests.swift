import Testing

@testable import ImageOutput

/// How many pixels of an area have exactly this colour.
private func count(_ color: Color, in image: Image, _ area: Rectangle? = nil) -> Int {
  let area = area ?? Rectangle(x: 0, y: 0, width: image.width, height: image.height)
  let part = part(image, area)
  return (0..<(part.height * part.width)).count { pixel in
    part.color(row: pixel / part.width, column: pixel % part.width) == color
  }
}

@Suite struct LinePlots {
  @Test func curvesPassThroughTheirPoints() {
    let plot = LinePlot(
      [.init("rises", [0, 1, 2, 3, 4]), .init("falls", [4, 3, 2.5, 1, 0])], title: "Two",
      xLabel: "epoch", yLabel: "nats")
    let image = plot.rendered()
    #expect(image.height == 540 && image.width == 920 && image.channels == 3)
    let frame = PlotFrame(
      height: 540, width: 920, title: "Two", xLabel: "epoch", yLabel: "nats",
      keys: plot.series.map { .init(name: $0.name, color: .black, isLine: true) },
      horizontal: Axis(spanning: [1, 5], padding: 0.015, wishedTicks: 8, countsThings: true),
      vertical: Axis(spanning: [0, 4], padding: 0.06, wishedTicks: 6))
    for (index, series) in plot.series.enumerated() {
      for (x, y) in zip(series.x, series.y) {
        let point = frame.point(x, y)
        #expect(
          image.color(row: Int(point.y.rounded()), column: Int(point.x.rounded()))
            == Palette.color(index))
      }
    }
  }

  @Test func aGapIsLeftWhereAValueIsNoNumber() {
    let whole = LinePlot([.init("a", [1, 1, 1, 1, 1])]).rendered()
    let gap = LinePlot([.init("a", [1, 1, .nan, 1, 1])]).rendered()
    let cut = LinePlot([.init("a", [1, 1, .infinity, 1, 1])]).rendered()
    let color = Palette.color(0)
    // The middle third lies in the gap between the second and fourth of five points.
    let middle = Rectangle(x: 420, y: 80, width: 100, height: 400)
    #expect(count(color, in: whole, middle) > 100)
    #expect(count(color, in: gap, middle) == 0)
    #expect(cut == gap)
    #expect(count(color, in: gap) > 500)
  }

  @Test(
    "odd data is drawn without a trap",
    arguments: [
      [], [[]], [[3]], [[.nan]], [[.nan, 2, .nan]], [[5, 5, 5]], [[0, 0]], [[1e300, -1e300]],
      [[1e-300, 2e-300]], [[.infinity, -.infinity, 1]], [[1e15, 1e15 + 1]], [[-1e-12, 1e12]],
      [[Double.greatestFiniteMagnitude, 0]], [[1], [2, 3], []],
    ] as [[[Double]]])
  func oddData(curves: [[Double]]) {
    let plot = LinePlot(curves.enumerated().map { .init("curve \($0)", $1) })
    let image = plot.rendered()
    #expect(image == plot.rendered())
    let hasPoints = curves.joined().contains { $0.isFinite && abs($0) < 1e300 }
    let area = Rectangle(x: 28, y: 70, width: 860, height: 440)
    if hasPoints { #expect(count(Palette.color(0), in: image, area) > 4) }
  }

  @Test func aCurveOfManyPointsIsFaintWithItsMeanOverIt() {
    var numbers = Numbers(state: 3)
    let noise = (0..<4000).map { _ in Double.random(in: -1...1, using: &numbers) }
    let image = LinePlot([.init("noise", noise)]).rendered()
    let middle = Rectangle(x: 100, y: 220, width: 700, height: 130)
    let solid = count(Palette.color(0), in: image, middle)
    #expect(solid > 700 && solid < 10_000)
  }

  @Test func smallAndCrowdedPicturesHold() {
    var plot = LinePlot(
      (0..<30).map { .init("a curve with quite a long name, number \($0)", [1, 2]) },
      title: "A title that is certainly too long for a picture of this width", xLabel: "x",
      yLabel: "y")
    for (width, height) in [(0, 0), (200, 160), (300, 2000)] {
      (plot.width, plot.height) = (width, height)
      let image = plot.rendered()
      #expect(image.width == max(200, width) && image.height == max(160, height))
    }
  }
}

@Suite struct ScatterPlots {
  @Test func pointsHaveTheColorOfTheirClass() {
    // Far apart, one of each class; few points are drawn nearly solid.
    let plot = ScatterPlot(
      x: (0..<10).map(Double.init), y: (0..<10).map { Double($0 % 3) }, labels: Array(0..<10))
    let image = plot.rendered()
    let frame = PlotFrame(
      height: 820, width: 820, title: nil, xLabel: nil, yLabel: nil,
      keys: (0..<10).map { .init(name: "\($0)", color: .black, isLine: false) },
      horizontal: Axis(spanning: [0, 9], padding: 0.04),
      vertical: Axis(spanning: [0, 2], padding: 0.04))
    for index in 0..<10 {
      let point = frame.point(Double(index), Double(index % 3))
      let color = image.color(row: Int(point.y.rounded()), column: Int(point.x.rounded()))
      let nearest = Palette.colors.indices.min {
        color.distance(to: Palette.color($0)) < color.distance(to: Palette.color($1))
      }
      #expect(nearest == index)
      let legend = Rectangle(x: 0, y: 0, width: 820, height: 60)
      #expect(count(Palette.color(index), in: image, legend) > 30)
    }
  }

  @Test func pointsOverOneAnotherGrowDarker() {
    func darkness(_ points: Int) -> Double {
      let y = [Double](repeating: 0, count: points)
      var plot = ScatterPlot(x: y.map { _ in 1 }, y: y)
      (plot.width, plot.height) = (200, 160)
      let image = plot.rendered()
      return (0..<(160 * 200)).reduce(255) {
        min($0, image.color(row: $1 / 200, column: $1 % 200).distance(to: Palette.color(0)))
      }
    }
    #expect(darkness(1) > darkness(2) && darkness(2) > darkness(3))
  }

  @Test(
    "odd data is drawn without a trap",
    arguments: [
      ([], [], []), ([1], [1], [3]), ([.nan, 1], [1, .nan], [0, 1]), ([1, 2], [1], [-4, 99]),
      ([0, 0], [0, 0], []), ([.infinity, 1e308], [0, -1e308], [0]),
    ] as [([Double], [Double], [Int])])
  func oddData(x: [Double], y: [Double], labels: [Int]) {
    let plot = ScatterPlot(x: x, y: y, labels: labels, classNames: ["zero"], title: "Odd")
    #expect(plot.rendered() == plot.rendered())
  }
}

@Suite struct BarPlots {
  @Test func barsHaveTheirHeights() {
    var plot = BarPlot([1, 2, -1, .nan, 0])
    (plot.width, plot.height) = (400, 300)
    let image = plot.rendered()
    let frame = PlotFrame(
      height: 300, width: 400, title: nil, xLabel: nil, yLabel: nil, keys: [],
      horizontal: Axis(spanning: [-0.4, 4.4], padding: 0.02, wishedTicks: 10),
      vertical: Axis(spanning: [1, 2, -1, 0], padding: 0.05))
    func isFilled(_ x: Double, _ y: Double) -> Bool {
      let point = frame.point(x, y)
      let color = image.color(row: Int(point.y.rounded()), column: Int(point.x.rounded()))
      return color.distance(to: Palette.color(0)) < 15
    }
    #expect(isFilled(0, 0.9) && !isFilled(0, 1.1) && !isFilled(0, -0.1))
    #expect(isFilled(1, 1.9) && isFilled(2, -0.9) && !isFilled(2, 0.1))
    #expect(!isFilled(3, 0.1) && !isFilled(3, -0.1) && !isFilled(4, 0.1))
  }

  @Test func aHistogramCountsEveryValue() {
    let plot = BarPlot(histogramOf: [0, 0.1, 0.9, 1, .nan, .infinity, 0.55], bins: 2)
    #expect(plot.heights == [2, 3])
    #expect(plot.x == [0.25, 0.75] && plot.barWidth == 0.5)
    #expect(BarPlot(histogramOf: [3, 3, 3]).heights.reduce(0, +) == 3)
  }

  @Test(arguments: [[], [0], [.nan], [1e300], [1e-300, 5], [-3, -3]] as [[Double]])
  func oddDataIsDrawnWithoutATrap(values: [Double]) {
    #expect(BarPlot(values).rendered() == BarPlot(values).rendered())
    #expect(BarPlot(histogramOf: values).rendered().width == 920)
  }
}

@Suite struct Axes {
  @Test(
    arguments: [
      ([0, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      ([0.5, 103.2], ["0", "20", "40", "60", "80", "100"]),
      ([-3.1, 2.9], ["−3", "−2", "−1", "0", "1", "2", "3"]),
      ([0, 20_000.5], ["0", "5,000", "10,000", "15,000", "20,000"]),
      ([0.25, 0.2501], ["0.25000", "0.25002", "0.25004", "0.25006", "0.25008", "0.25010"]),
      ([3e-7, 3.5e-7], ["3.0e−7", "3.1e−7", "3.2e−7", "3.3e−7", "3.4e−7", "3.5e−7"]),
      ([1e9, 4e9], ["1.0e9", "1.5e9", "2.0e9", "2.5e9", "3.0e9", "3.5e9", "4.0e9"]),
      ([5e7, 5e7 + 6], (0...6).map { "50,000,00\($0)" }),
    ] as [([Double], [String])])
  func ticksAreRoundNumbers(values: [Double], labels: [String]) {
    let axis = Axis(spanning: values)
    #expect(axis.ticks.map(axis.label) == labels)
  }

  @Test(
    arguments: [[], [4], [-2, -2], [0], [1e-9, 1], [5e7, 5e7 + 3], [.nan, .infinity, 7]]
      as [[Double]])
  func everyValueLiesOnTheAxis(values: [Double]) {
    let axis = Axis(spanning: values)
    #expect(axis.lower < axis.upper)
    #expect((2...12).contains(axis.ticks.count))
    for value in values where value.isFinite {
      #expect(axis.position(value) > 0 && axis.position(value) < 1)
    }
    #expect(Set(axis.ticks.map(axis.label)).count == axis.ticks.count)
  }

  @Test(
    arguments: [
      (0, 2, "0.00"), (-0.001, 2, "0.00"), (-1.005, 1, "−1.0"), (12.5, 0, "13"), (0.05, 1, "0.1"),
      (99.96, 1, "100.0"), (.nan, 1, "NaN"), (-.infinity, 3, "−∞"),
    ] as [(Double, Int, String)])
  func decimals(value: Double, digits: Int, text: String) {
    #expect(decimal(value, digits: digits) == text)
  }
}

@Suite struct Palettes {
  /// Machado, Oliveira and Fernandes (2009), full severity.
  static let vision: [String: [[Double]]] = [
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "red-blind": [
      [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    "green-blind": [
      [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
      [-0.011820, 0.042940, 0.968881],
    ],
    "blue-blind": [
      [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.303900],
    ],
  ]

  @Test(arguments: vision.keys.sorted()) func colorsStayApart(kind: String) throws {
    let matrix = try #require(Self.vision[kind])
    let seen = Palette.colors.map { $0.lab(seenThrough: matrix) }
    let page = Theme.background.lab(seenThrough: matrix)
    #expect(seen.count == 10)
    for (index, color) in seen.enumerated() {
      #expect(distance(color, page) > 39, "\(index)")
      for other in 0..<index { #expect(distance(color, seen[other]) > 28, "\(other), \(index)") }
    }
  }

  @Test func colorsBeginAnew() {
    #expect(Palette.color(10) == Palette.color(0) && Palette.color(-1) == Palette.color(9))
  }
}
