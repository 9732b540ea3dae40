internal import TensorCore

/// How the axes of a stored array make examples and images.
struct ImageLayout {
  /// How many examples there are.
  let count: Int
  /// The shape of an image, `[height, width, channels]`.
  let shape: Shape
  /// Elements from one neighbour to the next along `[examples, height, width, channels]`.
  let strides: [Int]

  /// The layout of an array with the given axes.
  ///
  /// `[n, height, width]` is grey. Of four axes 1, 3 or 4 in the second or in the last place are channels;
  /// where both or neither may be, the options have to say. They may say of three axes that these are one
  /// image, and have to where the last looks like colours. `[n, length]` takes `rowShape`; without it, a
  /// square length is a square image and any other an image of one row.
  init(
    dimensions given: [Int], isFortranOrder: Bool = false, options: DataOptions = DataOptions(),
    of path: String
  ) throws(DataError) {
    let text = given.map(String.init).joined(separator: " x ")
    guard (2...4).contains(given.count) else {
      throw DataError(
        .bad, path,
        "holds an array of \(text.isEmpty ? "no dimensions" : text), but images are "
          + "[count, height, width], [count, height, width, channels] or [count, length]; "
          + "reshape it.")
    }
    guard given.allSatisfy({ $0 > 0 }) else {
      throw DataError(.bad, path, "is empty: it holds an array of \(text); check the file.")
    }
    var dimensions = given
    var steps = Self.steps(of: given, isFortranOrder: isFortranOrder)
    if given.count == 3, options.layout != .automatic {
      dimensions.insert(1, at: 0)
      steps.insert(0, at: 0)
    }
    count = dimensions[0]
    switch dimensions.count {
    case 2:
      let length = dimensions[1]
      shape =
        options.rowShape
        ?? Self.side(ofSquare: length, options).map { [$0, $0, 1] } ?? [1, length, 1]
      guard shape.rank == 3, shape.count == length else {
        throw DataError(
          .usage, path,
          "holds rows of \(length) numbers, which do not make images of shape \(shape); "
            + "give a shape of as many elements.")
      }
      strides = [steps[0]] + shape.strides.map { $0 * steps[1] }
    case 3:
      if [3, 4].contains(dimensions[2]), dimensions[0] > 4, dimensions[1] > 4 {
        throw DataError(
          .usage, path,
          "holds an array of \(text), one image in colour or \(count) grey ones; say that it is one "
            + "image (data.layout: channels-last), or reshape grey ones to \(text) x 1.")
      }
      shape = [dimensions[1], dimensions[2], 1]
      strides = steps + [0]
    default:
      guard let isFirst = Self.isChannelsFirst(dimensions, options.layout) else {
        throw DataError(
          .usage, path,
          "holds an array of \(text), whose sizes do not tell which axis is that of channels; say so "
            + "(data.layout: channels-first or channels-last).")
      }
      let order = isFirst ? [2, 3, 1] : [1, 2, 3]
      shape = Shape(order.map { dimensions[$0] })
      strides = [steps[0]] + order.map { steps[$0] }
    }
  }

  /// The side of the square image that so many numbers make; nil where they make none, or a smaller
  /// one than the options take for an image.
  static func side(ofSquare length: Int, _ options: DataOptions) -> Int? {
    let side = Int(Double(length).squareRoot().rounded())
    return side * side == length && side >= options.leastSide ? side : nil
  }

  /// Elements from one neighbour to the next along each axis.
  static func steps(of dimensions: [Int], isFortranOrder: Bool) -> [Int] {
    isFortranOrder
      ? Shape(dimensions.reversed()).strides.reversed() : Array(Shape(dimensions).strides)
  }

  /// Whether channels stand before height and width; nil where sizes do not tell.
  private static func isChannelsFirst(
    _ dimensions: [Int], _ layout: DataOptions.Layout
  ) -> Bool? {
    if layout != .automatic { return layout == .channelsFirst }
    let usual = [1, 3, 4]
    let (first, last) = (dimensions[1], dimensions[3])
    // Two channels are read behind height and width, as they always were, and nowhere else.
    let isTwo = last == 2 && first != 1 && first != 3
    switch (usual.contains(first) && !isTwo, usual.contains(last) || last == 2) {
    case (true, false): return true
    case (false, true): return false
    case (false, false): return nil
    case (true, true):
      // Where both may be channels, one of the images may be square.
      let (isFirst, isLast) = (dimensions[2] == last, first == dimensions[2])
      return isFirst == isLast ? (first * last == 1 ? false : nil) : isFirst
    }
  }

  /// Whether examples lie one after the other with their elements in order.
  var isContiguous: Bool {
    guard strides[0] == shape.count || count == 1 else { return false }
    return zip(strides.dropFirst(), zip(shape.strides, shape.dimensions))
      .allSatisfy { $0 == $1.0 || $1.1 == 1 }
  }

  /// A source of bytes laid out so, the first at `offset`.
  func byteSource(_ region: Region, offset: Int, isScaled: Bool) -> any PixelSource {
    if isContiguous { return ByteSource(region: region, offset: offset, isScaled: isScaled) }
    let scale: Float = isScaled ? 255 : 1
    return ElementSource(region: region, offset: offset, size: 1, layout: self) {
      Float($0.load(as: UInt8.self)) / scale
    }
  }
}
