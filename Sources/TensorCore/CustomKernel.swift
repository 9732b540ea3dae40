/// A loop of your own over the numbers of tensors.
///
/// It is a value that holds the numbers of the call (a slope, a limit) and nothing else: kernels that are equal, on operands
/// of the same shapes and formats, do the same. So a computation that calls it can be recorded and replayed without the code
/// around it, as with the loops of this library: the numbers of its operands may change from run to run, its own may not.
///
///     struct Snake: CustomKernel {
///       let frequency: Float
///
///       func run(_ operands: KernelOperands) {
///         let x = operands.input(0, as: Float.self), y = operands.output(0, as: Float.self)
///         for i in x.indices { y[i] = x[i] + sin(frequency * x[i]) / frequency }
///       }
///     }
///
/// ``Tensor/init(shape:dtype:by:reading:)`` runs it. A differentiable operation is a ``Variable`` made of what it gives and a
/// pullback, which may run another kernel.
public protocol CustomKernel: Equatable {
  /// What profiles call it; the type's name where nothing else is said.
  var name: String { get }
  /// Reads the inputs and writes every element of the outputs, whatever was there.
  ///
  /// It may share its work with the threads of ``Threads/share(_:grain:_:)``, and looks at nothing that could change between
  /// two runs: what is random or changes with the step is an input.
  func run(_ operands: KernelOperands)
}

extension CustomKernel {
  /// The type's name.
  public var name: String { "\(Self.self)" }
}

/// The format of an element in memory.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// Its name.
  static var dtype: DType { get }
}

extension Float: TensorElement {
  /// Single precision.
  public static var dtype: DType { .float32 }
}

extension Double: TensorElement {
  /// Double precision.
  public static var dtype: DType { .float64 }
}

extension Int32: TensorElement {
  /// Integers.
  public static var dtype: DType { .int32 }
}

/// What one run of a ``CustomKernel`` reads and writes; valid during the run.
public struct KernelOperands {
  fileprivate let memory: Operands
  fileprivate let formats: [ForeignFormat]
  fileprivate let inputCount: Int

  /// The format of an input.
  public func dtype(ofInput index: Int) -> DType { formats[place(ofInput: index)].dtype }

  /// The shape of an input.
  public func shape(ofInput index: Int) -> Shape { formats[place(ofInput: index)].shape }

  /// The format of an output.
  public func dtype(ofOutput index: Int) -> DType { formats[place(ofOutput: index)].dtype }

  /// The shape of an output.
  public func shape(ofOutput index: Int) -> Shape { formats[place(ofOutput: index)].shape }

  /// The elements of an input, row-major; `span` of the buffer checks its bounds.
  public func input<T: TensorElement>(_ index: Int, as type: T.Type) -> UnsafeBufferPointer<T> {
    UnsafeBufferPointer(elements(place(ofInput: index)))
  }

  /// The elements of an output, row-major; `mutableSpan` of the buffer checks its bounds.
  public func output<T: TensorElement>(
    _ index: Int, as type: T.Type
  ) -> UnsafeMutableBufferPointer<T> {
    elements(place(ofOutput: index))
  }

  private func place(ofInput index: Int) -> Int {
    precondition(index >= 0 && index < inputCount, "there is no input \(index) of \(inputCount)")
    return index
  }

  private func place(ofOutput index: Int) -> Int {
    let count = formats.count - inputCount
    precondition(index >= 0 && index < count, "there is no output \(index) of \(count)")
    return inputCount + index
  }

  private func elements<T: TensorElement>(_ place: Int) -> UnsafeMutableBufferPointer<T> {
    let format = formats[place]
    precondition(
      format.dtype == T.dtype, "elements are \(format.dtype), read or written as \(T.dtype)")
    return UnsafeMutableBufferPointer(
      start: memory[place]?.assumingMemoryBound(to: T.self), count: format.shape.count)
  }
}

extension Tensor {
  /// What a kernel makes of tensors; it writes every element.
  public init(
    shape: Shape, dtype: DType = .float32, by kernel: some CustomKernel, reading inputs: [Tensor]
  ) {
    self.init(unwritten: shape, dtype)
    launch(ForeignKernel(kernel, inputs, [self]), reading: inputs, writing: [self])
  }

  /// The several tensors that a kernel makes of others, each with its shape and format.
  public static func made(
    _ results: [(shape: Shape, dtype: DType)], by kernel: some CustomKernel,
    reading inputs: [Tensor]
  ) -> [Tensor] {
    let outputs = results.map { Tensor(unwritten: $0.shape, $0.dtype) }
    launch(ForeignKernel(kernel, inputs, outputs), reading: inputs, writing: outputs)
    return outputs
  }
}

private struct ForeignFormat: Equatable {
  let shape: Shape
  let dtype: DType
}

/// An outsider's kernel with the shapes and formats of its operands.
private struct ForeignKernel<Base: CustomKernel>: Kernel {
  private let base: Base
  private let formats: [ForeignFormat]
  private let inputCount: Int

  init(_ base: Base, _ inputs: [Tensor], _ outputs: [Tensor]) {
    self.base = base
    formats = (inputs + outputs).map { ForeignFormat(shape: $0.shape, dtype: $0.dtype) }
    inputCount = inputs.count
  }

  var name: String { base.name }

  func run(_ memory: Operands) {
    base.run(KernelOperands(memory: memory, formats: formats, inputCount: inputCount))
  }
}
