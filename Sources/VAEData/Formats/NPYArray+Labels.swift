internal import TensorCore

extension NPYArray {
  /// A label for each of `count` examples.
  ///
  /// They are numbers `[count]` or `[count, 1]`, or rows of zeros with a single one `[count, classes]`,
  /// the place of which is the class. With a column of `[count, columns]` they are what stands in it.
  func labels(count: Int, column: Int? = nil) throws(DataError) -> [Int32] {
    let columns = dimensions.count == 2 ? dimensions[1] : 1
    let shape = dimensions.map(String.init).joined(separator: " x ")
    guard (1...2).contains(dimensions.count), column ?? 0 < columns else {
      throw DataError(
        .bad, path,
        "holds an array of \(shape.isEmpty ? "no dimensions" : shape), but labels are one number an "
          + "example; reshape it.")
    }
    guard dimensions[0] == count else {
      throw DataError(
        .bad, path,
        "holds \(dimensions[0]) labels for \(count) examples; check that they belong together.")
    }
    var options = DataOptions()
    options.rowShape = [1, columns, 1]
    let layout = try ImageLayout(
      dimensions: [count, columns], isFortranOrder: isFortranOrder, options: options, of: path)
    let rows = ImageDataset(
      name: path, count: count, imageShape: layout.shape, source: source(layout))
    let numbers = try rows.images(at: 0..<count).floats
    if column == nil, columns > 1 { return try classes(ofRows: numbers, columns, shape) }
    return try (0..<count).map { example throws(DataError) -> Int32 in
      let number = numbers[example * columns + (column ?? 0)]
      guard let label = Int32(exactly: number), (0..<(1 << 24)).contains(label) else {
        throw DataError(
          .bad, path,
          "holds the label \(number) for example \(example), but labels are whole numbers from 0; "
            + "number the classes.")
      }
      return label
    }
  }

  /// The place of the one in each row of zeros.
  private func classes(
    ofRows numbers: [Float], _ columns: Int, _ shape: String
  ) throws(DataError) -> [Int32] {
    var labels: [Int32] = []
    for start in stride(from: 0, to: numbers.count, by: columns) {
      let row = numbers[start..<(start + columns)]
      guard let one = row.firstIndex(of: 1), row.count(where: { $0 != 0 }) == 1 else {
        throw DataError(
          .bad, path,
          "holds labels of shape \(shape), which are neither one number an example nor rows of zeros "
            + "with a single one: example \(start / columns), counted from 0, is none; save one "
            + "number an example.")
      }
      labels.append(Int32(one - start))
    }
    return labels
  }
}
