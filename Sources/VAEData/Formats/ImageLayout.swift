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
  /// `[n, height, width]` is grey, `[n, height, width, channels]` as it stands, and
  /// `[n, channels, height, width]` is understood where only that can be meant: 1 or 3 channels in
  /// the second place and not 1 to 4 in the last. `[n, length]` takes `rowShape`; without it, a square
  /// length is a square image and any other an image of one row.
  init(
    dimensions: [Int], isFortranOrder: Bool = false, rowShape: Shape? = nil, of path: String
  ) throws(DataError) {
    let given = dimensions.map(String.init).joined(separator: " x ")
    guard (2...4).contains(dimensions.count) else {
      throw DataError(
        .bad, path,
        "holds an array of \(given.isEmpty ? "no dimensions" : given), but images are "
          + "[count, height, width], [count, height, width, channels] or [count, length]; "
          + "reshape it.")
    }
    guard dimensions.allSatisfy({ $0 > 0 }) else {
      throw DataError(.bad, path, "is empty: it holds an array of \(given); check the file.")
    }
    var steps = Shape(dimensions).strides
    if isFortranOrder { steps = Shape(dimensions.reversed()).strides.reversed() }
    count = dimensions[0]
    switch dimensions.count {
    case 2:
      let length = dimensions[1]
      let side = Int(Double(length).squareRoot().rounded())
      shape = rowShape ?? (side * side == length ? [side, side, 1] : [1, length, 1])
      guard shape.rank == 3, shape.count == length else {
        throw DataError(
          .usage, path,
          "holds rows of \(length) numbers, which do not make images of shape \(shape); "
            + "give a shape of as many elements.")
      }
      strides = [steps[0]] + shape.strides.map { $0 * steps[1] }
    case 3:
      shape = [dimensions[1], dimensions[2], 1]
      strides = steps + [0]
    default:
      let isChannelsFirst =
        [1, 3].contains(dimensions[1]) && !(1...4).contains(dimensions[3])
      let order = isChannelsFirst ? [2, 3, 1] : [1, 2, 3]
      shape = Shape(order.map { dimensions[$0] })
      strides = [steps[0]] + order.map { steps[$0] }
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
