extension ImageSheet {
  /// Images one after the other, each with its caption if it has one.
  ///
  /// - Parameters:
  ///   - images: What is shown.
  ///   - columns: Images in a row; about as many as there are rows when `nil`.
  ///   - captions: What stands under the images, as far as it goes.
  ///   - title: The heading.
  /// - Returns: The sheet, to change further or to draw.
  public static func contact(
    _ images: [Image], columns: Int? = nil, captions: [String] = [], title: String? = nil
  ) -> ImageSheet {
    let perRow = max(
      1, columns ?? Int(Double(images.count).squareRoot().rounded(.up)))
    let cells = images.enumerated().map { index, image in
      Cell(image, caption: index < captions.count ? captions[index] : nil)
    }
    let rows = stride(from: 0, to: cells.count, by: perRow).map {
      Array(cells[$0..<min($0 + perRow, cells.count)])
    }
    return ImageSheet(rows: rows, title: title)
  }

  /// Rows of originals, under each of them the row of what the model made of them.
  ///
  /// - Parameters:
  ///   - originals: What the model was shown.
  ///   - reconstructions: What it gave back, in the same order.
  ///   - columns: Pairs beside one another; the rest continues in a further pair of rows.
  ///   - title: The heading.
  /// - Returns: The sheet, to change further or to draw.
  public static func comparison(
    originals: [Image], reconstructions: [Image], columns: Int = 25, title: String? = nil
  ) -> ImageSheet {
    comparison(
      [("original", originals), ("reconstruction", reconstructions)], columns: columns,
      title: title)
  }

  /// The same images in several states, under one another: a labelled row for each state.
  ///
  /// - Parameters:
  ///   - states: The images in each state, in the same order.
  ///   - columns: Images beside one another; the rest continues in a further group of rows.
  ///   - title: The heading.
  /// - Returns: The sheet, to change further or to draw.
  public static func comparison(
    _ states: [(label: String, images: [Image])], columns: Int = 25, title: String? = nil
  ) -> ImageSheet {
    let count = states.map(\.images.count).min() ?? 0
    let perRow = max(1, columns)
    var sheet = ImageSheet(rows: [], title: title)
    for start in stride(from: 0, to: count, by: perRow) {
      let part = start..<min(start + perRow, count)
      for (label, images) in states {
        sheet.rows.append(images[part].map { Cell($0) })
        sheet.rowLabels.append(label)
      }
    }
    sheet.gap = 2
    sheet.rowsPerGroup = states.count
    return sheet
  }

  /// One row for each dimension of the code, one column for each value it takes.
  ///
  /// - Parameters:
  ///   - rows: The decoded images.
  ///   - rowLabels: The names of the dimensions.
  ///   - columnLabels: The values.
  ///   - title: The heading.
  /// - Returns: The sheet, to change further or to draw.
  public static func traversal(
    _ rows: [[Image]], rowLabels: [String], columnLabels: [String], title: String? = nil
  ) -> ImageSheet {
    var sheet = ImageSheet(rows: rows.map { $0.map { Cell($0) } }, title: title)
    sheet.rowLabels = rowLabels
    sheet.columnLabels = columnLabels
    sheet.gap = 3
    return sheet
  }

  /// The images decoded from a grid over a code of two dimensions, edge to edge.
  ///
  /// - Parameters:
  ///   - rows: The decoded images, from the top.
  ///   - across: The value of the first code in each column.
  ///   - down: The value of the second code in each row, from the top.
  ///   - title: The heading.
  /// - Returns: The sheet, to change further or to draw.
  public static func manifold(
    _ rows: [[Image]], across: [Float], down: [Float], title: String? = nil
  ) -> ImageSheet {
    var sheet = ImageSheet(rows: rows.map { $0.map { Cell($0) } }, title: title)
    sheet.rowLabels = sparse(down)
    sheet.columnLabels = sparse(across)
    sheet.columnAxis = "first code"
    sheet.rowAxis = "second code"
    sheet.gap = 0
    return sheet
  }

  /// The values at both ends and in the middle as text, the others empty.
  private static func sparse(_ values: [Float]) -> [String] {
    values.enumerated().map { index, value in
      let isShown =
        index == 0 || index == values.count - 1
        || (values.count >= 5 && index == values.count / 2)
      return isShown ? decimal(Double(value), digits: 1) : ""
    }
  }
}
