/// The sizes of a tensor's axes, outermost first.
public struct Shape: Sendable, Hashable {
  /// The size of each axis.
  public var dimensions: [Int]

  /// A shape with the given axis sizes, none of them negative.
  public init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "a shape has no negative size: \(dimensions)")
    self.dimensions = dimensions
  }

  /// The number of axes; a scalar has none.
  public var rank: Int { dimensions.count }

  /// The number of elements.
  public var count: Int { dimensions.reduce(1, *) }

  /// The size of one axis; a negative axis counts from the end.
  public subscript(axis: Int) -> Int {
    get { dimensions[position(of: axis)] }
    set { dimensions[position(of: axis)] = newValue }
  }

  /// The axis counted from the front, for an axis that may be counted from the end.
  public func position(of axis: Int) -> Int {
    let position = axis < 0 ? axis + rank : axis
    precondition(position >= 0 && position < rank, "axis \(axis) is outside the shape \(self)")
    return position
  }

  /// The shape without its first axis, such as the batch.
  public func dropFirst() -> Shape { Shape(Array(dimensions.dropFirst())) }

  /// The distance in elements between neighbours along each axis, row-major.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    return strides
  }

  /// The shape two operands broadcast to, or nil where they do not fit.
  ///
  /// Shapes are aligned at their last axes; an axis of size 1 repeats.
  public func broadcast(with other: Shape) -> Shape? {
    var result = rank >= other.rank ? dimensions : other.dimensions
    for i in 1..<(min(rank, other.rank) + 1) {
      let (a, b) = (dimensions[rank - i], other.dimensions[other.rank - i])
      guard a == b || a == 1 || b == 1 else { return nil }
      result[result.count - i] = a == 1 ? b : a
    }
    return Shape(result)
  }

  /// The product of the axes before, at and after `axis`.
  func split(at axis: Int) -> (outer: Int, count: Int, inner: Int) {
    let axis = position(of: axis)
    return (
      dimensions[..<axis].reduce(1, *), dimensions[axis], dimensions[(axis + 1)...].reduce(1, *)
    )
  }

  /// Two shapes joined, such as a batch axis and the shape of an example.
  public static func + (left: Shape, right: Shape) -> Shape {
    Shape(left.dimensions + right.dimensions)
  }
}

extension Shape: ExpressibleByArrayLiteral {
  /// A shape written as its sizes.
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  /// The sizes in brackets.
  public var description: String { "\(dimensions)" }
}

extension Shape: Codable {
  /// Reads an array of sizes, none of them negative.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let sizes = try container.decode([Int].self)
    var count = 1
    for size in sizes {
      let (product, overflows) = count.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflows else {
        throw DecodingError.dataCorruptedError(
          in: container,
          debugDescription: "a shape has no negative size, nor a count beyond Int, found \(sizes)")
      }
      count = product
    }
    self.init(sizes)
  }

  /// Writes an array of sizes.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(dimensions)
  }
}
