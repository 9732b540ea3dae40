internal import Synchronization
internal import TensorCore

/// Draws examples as bytes that span 0...255.
protocol Renderer: Sendable {
  /// Draws one example into bytes that are zero.
  func render(_ example: Int, into bytes: UnsafeMutableBufferPointer<UInt8>)
}

/// Examples that are drawn each time they are read.
struct RenderedSource: PixelSource {
  let renderer: any Renderer

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
final class RememberedSource: PixelSource {
  private let renderer: any Renderer
  // An example's bytes are written once, under the lock, and only read after. Untouched pages take no
  // memory.
  private nonisolated(unsafe) let bytes: UnsafeMutableBufferPointer<UInt8>
  private let isDrawn: Mutex<[Bool]>

  /// `count` examples of `size` bytes.
  init(_ renderer: any Renderer, count: Int, size: Int) {
    self.renderer = renderer
    bytes = .allocate(capacity: count * size)
    isDrawn = Mutex(Array(repeating: false, count: count))
  }

  deinit { bytes.deallocate() }

  var isImmediate: Bool { true }

  func read(_ example: Int, into out: UnsafeMutableBufferPointer<Float>) {
    guard let base = out.baseAddress else { return }
    let place = (example * out.count)..<((example + 1) * out.count)
    isDrawn.withLock { isDrawn in
      guard !isDrawn[example] else { return }
      let bytes = UnsafeMutableBufferPointer(rebasing: bytes[place])
      bytes.initialize(repeating: 0)
      renderer.render(example, into: bytes)
      isDrawn[example] = true
    }
    Tensor.convert(
      UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[place])),
      dividingBy255: true, to: base)
  }
}
