internal import TensorCore

/// Where the pixels of examples come from.
protocol PixelSource: Sendable {
  /// Writes one example, `[height, width, channels]`, as float32.
  ///
  /// May be called from any thread, and uses no other.
  func read(
    _ example: Int, into out: UnsafeMutableBufferPointer<Float>
  ) throws(DataError)
}

/// Rows of bytes in memory or in a mapped file.
struct ByteSource: PixelSource {
  let region: Region
  /// Where the first example begins.
  var offset = 0
  /// Whether bytes span 0...255 rather than 0...1.
  var isScaled = true

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    guard let base = out.baseAddress else { return }
    let start = offset + example * out.count
    let bytes = UnsafeRawBufferPointer(rebasing: region.bytes[start..<(start + out.count)])
    Tensor.convert(bytes, dividingBy255: isScaled, to: base)
  }
}

/// Elements of any format and order of axes, in memory or in a mapped file.
struct ElementSource<Element: BitwiseCopyable & Sendable>: PixelSource {
  let region: Region
  /// Bytes before the first element.
  let offset: Int
  let layout: ImageLayout
  let value: @Sendable (Element) -> Float

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    let size = MemoryLayout<Element>.stride
    let bytes = region.bytes
    let (height, width, channels) = (layout.shape[0], layout.shape[1], layout.shape[2])
    let (step, down, right, across) = (
      layout.strides[0], layout.strides[1], layout.strides[2], layout.strides[3]
    )
    var next = 0
    for row in 0..<height {
      for column in 0..<width {
        let pixel = example * step + row * down + column * right
        for channel in 0..<channels {
          let place = offset + (pixel + channel * across) * size
          out[next] = value(bytes.loadUnaligned(fromByteOffset: place, as: Element.self))
          next += 1
        }
      }
    }
  }
}

/// Elements of an array, example after example.
struct ArraySource<Element: BitwiseCopyable & Sendable>: PixelSource {
  let elements: [Element]
  let value: @Sendable (Element) -> Float

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    let start = example * out.count
    for i in out.indices { out[i] = value(elements[start + i]) }
  }
}
