internal import TensorCore

/// Draws examples as bytes that span 0...255.
protocol Renderer: Sendable {
  /// Draws one example into bytes that are zero.
  func render(_ example: Int, into bytes: UnsafeMutableBufferPointer<UInt8>)
}

/// Examples that are drawn each time they are read.
struct RenderedSource: PixelSource {
  let renderer: any Renderer

  var isUnit: Bool { true }

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: out.count) { bytes in
      bytes.initialize(repeating: 0)
      renderer.render(example, into: bytes)
      guard let base = out.baseAddress else { return }
      Tensor.convert(UnsafeRawBufferPointer(bytes), dividingBy255: true, to: base)
    }
  }
}

/// Examples that are drawn when they are first read, and kept as bytes.
///
/// `@unchecked Sendable`: what is drawn is touched only under the lock, and an example's bytes are
/// written once, under the lock, and only read after.
final class RememberedSource: PixelSource, @unchecked Sendable {
  private let renderer: any Renderer
  /// The bytes of all examples; untouched pages take no memory.
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private var isDrawn: [Bool]
  private let lock = Lock()

  /// `count` examples of `size` bytes.
  init(_ renderer: any Renderer, count: Int, size: Int) {
    self.renderer = renderer
    bytes = .allocate(capacity: count * size)
    isDrawn = Array(repeating: false, count: count)
  }

  deinit { bytes.deallocate() }

  var isImmediate: Bool { true }
  var isUnit: Bool { true }

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    guard let base = out.baseAddress else { return }
    let place = (example * out.count)..<((example + 1) * out.count)
    let bytes = UnsafeMutableBufferPointer(rebasing: bytes[place])
    lock.locked {
      guard !isDrawn[example] else { return }
      bytes.initialize(repeating: 0)
      renderer.render(example, into: bytes)
      isDrawn[example] = true
    }
    Tensor.convert(UnsafeRawBufferPointer(bytes), dividingBy255: true, to: base)
  }
}
