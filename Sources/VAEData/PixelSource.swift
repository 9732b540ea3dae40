internal import TensorCore

/// Where the pixels of examples come from.
protocol PixelSource: Sendable {
  /// Writes one example, `[height, width, channels]`, as float32.
  ///
  /// May be called from any thread, and uses no other.
  func read(
    _ example: Int, into out: UnsafeMutableBufferPointer<Float>
  ) throws(DataError)

  /// Whether reading is hardly more than copying memory.
  var isImmediate: Bool { get }

  /// Whether values lie in [0, 1] for certain, without a look at them.
  var isUnit: Bool { get }

  /// The path of an example's file in the folder of the data, if it has one of its own.
  func fileName(of example: Int) -> String?
}

extension PixelSource {
  var isImmediate: Bool { false }
  var isUnit: Bool { false }
  func fileName(of example: Int) -> String? { nil }
}

/// Rows of bytes in memory or in a mapped file.
struct ByteSource: PixelSource {
  let region: Region
  /// Where the first example begins.
  var offset = 0
  /// Whether bytes span 0...255 rather than 0...1.
  var isScaled = true
  /// Where the examples come from, if from a file each.
  var files: ExampleFiles? = nil

  var isImmediate: Bool { !region.isMapped }
  // Bytes that are not scaled are zeros and ones.
  var isUnit: Bool { true }

  func fileName(of example: Int) -> String? { files?.name(of: example) }

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    guard let base = out.baseAddress else { return }
    let start = offset + example * out.count
    let bytes = UnsafeRawBufferPointer(rebasing: region.bytes[start..<(start + out.count)])
    Tensor.convert(bytes, dividingBy255: isScaled, to: base)
  }
}

/// Elements of any format and order of axes, in memory or in a mapped file.
struct ElementSource: PixelSource {
  let region: Region
  /// Bytes before the first element.
  let offset: Int
  /// Bytes of an element.
  let size: Int
  let layout: ImageLayout
  /// Reads the element at an address, which need not be aligned.
  let load: @Sendable (UnsafeRawPointer) -> Float

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    guard let base = region.bytes.baseAddress else { return }
    let (height, width, channels) = (layout.shape[0], layout.shape[1], layout.shape[2])
    let steps = layout.strides.map { $0 * size }
    var next = 0
    for row in 0..<height {
      for column in 0..<width {
        var place = offset + example * steps[0] + row * steps[1] + column * steps[2]
        for _ in 0..<channels {
          out[next] = load(base + place)
          next += 1
          place += steps[3]
        }
      }
    }
  }
}

/// Elements of an array, example after example.
struct ArraySource<Element: BitwiseCopyable & Sendable>: PixelSource {
  let elements: [Element]
  let value: @Sendable (Element) -> Float

  var isImmediate: Bool { true }

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    let start = example * out.count
    for i in out.indices { out[i] = value(elements[start + i]) }
  }
}

/// Values in another scale.
struct ScaledSource: PixelSource {
  let source: any PixelSource
  let scaling: Standardization

  var isImmediate: Bool { source.isImmediate }

  func fileName(of example: Int) -> String? { source.fileName(of: example) }

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) throws(DataError) {
    try source.read(example, into: out)
    scaling.apply(out)
  }
}
