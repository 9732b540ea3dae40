internal import CTensorKernels

/// An array of numbers with a shape: a value, row-major and contiguous.
///
/// Copies share memory until one of them is written to.
public struct Tensor: Sendable {
  /// The sizes of the axes.
  public let shape: Shape
  /// The format of the elements.
  public let dtype: DType
  private var storage: Storage

  /// A tensor whose elements `fill` writes; every element must be written.
  public init(
    shape: Shape, dtype: DType = .float32, filling fill: (UnsafeMutableRawPointer) -> Void
  ) {
    self.shape = shape
    self.dtype = dtype
    storage = Storage(byteCount: shape.count * dtype.byteCount)
    fill(storage.bytes)
  }

  /// A tensor for a kernel to write; until then its numbers are whatever was there.
  init(unwritten shape: Shape, _ dtype: DType) {
    self.shape = shape
    self.dtype = dtype
    storage = Storage(byteCount: shape.count * dtype.byteCount)
  }

  /// A view of memory that stays where it is while the tensor is used.
  init(borrowing bytes: UnsafeMutableRawPointer, _ shape: Shape, _ dtype: DType) {
    self.init(sharing: Storage(borrowing: bytes), shape: shape, dtype: dtype)
  }

  private init(sharing storage: Storage, shape: Shape, dtype: DType) {
    self.shape = shape
    self.dtype = dtype
    self.storage = storage
  }

  /// The elements' first byte; valid while the tensor lives, so only for the span of a call.
  ///
  /// For kernels: whoever looks at numbers on the host goes through ``withUnsafeBytes(_:)``.
  var bytes: UnsafeMutableRawPointer { storage.bytes }

  /// The block the elements are in.
  var memory: Storage { storage }

  /// The elements' first byte, in memory that no other tensor shares where they are to be changed.
  package mutating func address(isChanged: Bool) -> UnsafeMutableRawPointer {
    if isChanged { withUnsafeMutableBytes { _ in } }
    return storage.bytes
  }

  /// Whether no other tensor shares the elements.
  var isAlone: Bool {
    mutating get { isKnownUniquelyReferenced(&storage) }
  }

  /// The number of elements.
  public var count: Int { shape.count }

  /// Bytes the elements take.
  public var byteCount: Int { count * dtype.byteCount }

  /// Calls `body` with the elements' bytes.
  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    Watch.current?.recording?.hostTouches(self)
    return try body(UnsafeRawBufferPointer(start: storage.bytes, count: byteCount))
  }

  /// Calls `body` with bytes it may change; memory that other tensors share is copied first.
  public mutating func withUnsafeMutableBytes<R, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    Watch.current?.recording?.hostTouches(self, writing: true)
    if !isKnownUniquelyReferenced(&storage) {
      let copy = Storage(byteCount: byteCount)
      copy.bytes.copyMemory(from: storage.bytes, byteCount: byteCount)
      storage = copy
    }
    return try body(UnsafeMutableRawBufferPointer(start: storage.bytes, count: byteCount))
  }

  /// The same elements under another shape; one size may be -1 and is then worked out.
  public func reshaped(to dimensions: [Int]) -> Tensor {
    let shape = resolved(dimensions)
    precondition(shape.count == count, "\(count) elements do not fill the shape \(shape)")
    return Tensor(sharing: storage, shape: shape, dtype: dtype)
  }

  /// The same elements under another shape.
  public func reshaped(to shape: Shape) -> Tensor { reshaped(to: shape.dimensions) }

  private func resolved(_ dimensions: [Int]) -> Shape {
    guard let open = dimensions.firstIndex(of: -1) else { return Shape(dimensions) }
    var dimensions = dimensions
    dimensions[open] = 1
    let known = dimensions.reduce(1, *)
    dimensions[open] = known == 0 ? 0 : count / known
    return Shape(dimensions)
  }

  /// The elements in another format; bfloat16 rounds to nearest even, integers round toward zero
  /// and saturate (NaN gives 0).
  public func converted(to dtype: DType) -> Tensor {
    if dtype == self.dtype { return self }
    return Tensor(
      shape, dtype, by: Cast(from: self.dtype.element, to: dtype.element, count: count), self)
  }
}

struct Cast: Kernel {
  fileprivate let from, to: vae_element
  fileprivate let count: Int
  var name: String { "cast" }
  /// Whether it rounds float32 to bfloat16.
  var rounds: Bool { from == VAE_ELEMENT_FLOAT32 && to == VAE_ELEMENT_BFLOAT16 }

  func run(_ memory: Operands) { vae_cast(from, to, count, memory[0], memory[1]) }
}

// MARK: - Making tensors

extension Tensor {
  /// A float32 tensor of the given elements.
  public init(_ scalars: [Float], shape: Shape) {
    self.init(copying: scalars, shape: shape, dtype: .float32)
  }

  /// A float64 tensor of the given elements; so are literals with a point that are given no other type.
  public init(_ scalars: [Double], shape: Shape) {
    self.init(copying: scalars, shape: shape, dtype: .float64)
  }

  /// An int32 tensor of the given elements.
  public init(_ scalars: [Int32], shape: Shape) {
    self.init(copying: scalars, shape: shape, dtype: .int32)
  }

  /// An int32 tensor of the given elements, such as indices written as literals.
  public init(_ scalars: [Int], shape: Shape) {
    self.init(scalars.map { Int32($0) }, shape: shape)
  }

  private init<S: BitwiseCopyable>(copying scalars: [S], shape: Shape, dtype: DType) {
    precondition(
      scalars.count == shape.count, "\(scalars.count) elements do not fill the shape \(shape)")
    self.init(shape: shape, dtype: dtype) { out in
      scalars.withUnsafeBytes {
        if let base = $0.baseAddress { out.copyMemory(from: base, byteCount: $0.count) }
      }
    }
  }

  /// A tensor with one value everywhere.
  public init(repeating value: Double, shape: Shape, dtype: DType = .float32) {
    self.init(shape: shape, dtype: dtype) { out in
      switch dtype {
      case .float32:
        out.initializeMemory(as: Float.self, repeating: Float(value), count: shape.count)
      case .float64: out.initializeMemory(as: Double.self, repeating: value, count: shape.count)
      case .int32: out.initializeMemory(as: Int32.self, repeating: Int32(value), count: shape.count)
      case .bfloat16:
        var bits: UInt16 = 0
        withUnsafePointer(to: value) { vae_cast(VAE_ELEMENT_FLOAT64, dtype.element, 1, $0, &bits) }
        out.initializeMemory(as: UInt16.self, repeating: bits, count: shape.count)
      }
    }
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    Tensor(shape, dtype, by: Clear(byteCount: shape.count * dtype.byteCount))
  }

  /// The bits of a random key, as kernels read them.
  init(keyBits: UInt64) {
    self.init(shape: [2], dtype: .int32) { $0.storeBytes(of: keyBits, as: UInt64.self) }
  }

  /// A scalar: a tensor without axes.
  public init(_ value: Double, dtype: DType = .float32) {
    self.init(repeating: value, shape: [], dtype: dtype)
  }
}

// MARK: - Reading elements

extension Tensor {
  /// The elements as float32, row-major.
  public var floats: [Float] { elements(as: .float32) }

  /// The elements as float64, row-major.
  public var doubles: [Double] { elements(as: .float64) }

  /// The elements as int32, row-major.
  public var integers: [Int32] { elements(as: .int32) }

  /// The only element.
  public var item: Double {
    precondition(count == 1, "a single element was asked of a tensor of shape \(shape)")
    return doubles[0]
  }

  private func elements<S: BitwiseCopyable>(as dtype: DType) -> [S] {
    let tensor = converted(to: dtype)
    return tensor.withUnsafeBytes { Array($0.bindMemory(to: S.self)) }
  }

  /// Whether no element is NaN or infinite.
  public var isFinite: Bool {
    Watch.current?.recording?.hostTouches(self)
    return switch dtype {
    case .float32, .float64: vae_count_nonfinite(dtype.kernel, count, bytes) == 0
    case .bfloat16: converted(to: .float32).isFinite
    case .int32: true
    }
  }
}

extension Tensor: Equatable {
  /// Whether shape, format and every byte agree.
  public static func == (left: Tensor, right: Tensor) -> Bool {
    left.shape == right.shape && left.dtype == right.dtype
      && left.withUnsafeBytes { a in right.withUnsafeBytes { b in a.elementsEqual(b) } }
  }
}

extension Tensor: CustomStringConvertible {
  /// Shape, format and the first elements.
  public var description: String {
    let shown = doubles.prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "Tensor(\(shape), \(dtype): \(shown)\(count > 8 ? ", ..." : ""))"
  }
}
