internal import CTensorKernels

// The products behind dense and convolutional layers.

/// A product: oneDNN's where that is built in and the rule gives it to it, otherwise our own.
protocol DenseKernel: Kernel {
  var dtype: DType { get }
  var formats: OperandFormats { get }
  /// How many numbers the result has, if it is one that products read in turn.
  var roundedCount: Int? { get }
  /// Whether it is a convolution with less than eight channels on a side.
  var hasFewChannels: Bool { get }
  /// Runs on our own loops, but for the copy in bfloat16.
  func runOwn(_ memory: Operands)
  #if OneDNN
    /// A handle to run with on such operands; nil when oneDNN refuses the shape.
    func makeHandle(_ memory: Operands) -> OneDNNHandle?
    /// Runs on oneDNN; false when it fails.
    func run(with handle: OneDNNHandle, _ memory: Operands) -> Bool
  #endif
}

extension DenseKernel {
  var hasFewChannels: Bool { false }

  var roundedResult: RoundedResult? {
    roundedCount == nil ? nil : RoundedResult(operand: 3, copy: 4)
  }

  /// Runs without oneDNN.
  func runAlone(_ memory: Operands) {
    runOwn(memory)
    if let count = roundedCount, let copy = memory.roundedNumbers(4) {
      vae_bfloat16_from_f32(memory.floats(3), copy, Int64(count))
    }
  }
}

#if !OneDNN
  extension DenseKernel {
    func run(_ memory: Operands) { runAlone(memory) }
  }
#endif

/// An activation whose derivative follows from its result, so that it runs inside a product.
struct PostStep: Equatable {
  let kernel: vae_activation
  let constant: Double

  /// No activation.
  static let none = PostStep(kernel: VAE_THEN_IDENTITY, constant: 0)

  private init(kernel: vae_activation, constant: Double) {
    (self.kernel, self.constant) = (kernel, constant)
  }

  /// Nil for an activation whose derivative needs its argument.
  init?(_ activation: Activation) {
    switch activation {
    case .identity: self = .none
    case .relu: self.init(kernel: VAE_THEN_RELU, constant: 0)
    case .leakyReLU(let slope) where slope > 0:
      self.init(kernel: VAE_THEN_LEAKY_RELU, constant: slope)
    case .elu(let alpha) where alpha > 0: self.init(kernel: VAE_THEN_ELU, constant: alpha)
    case .tanh: self.init(kernel: VAE_THEN_TANH, constant: 0)
    case .sigmoid: self.init(kernel: VAE_THEN_SIGMOID, constant: 0)
    case .leakyReLU, .elu, .gelu, .silu, .softplus: return nil
    }
  }

  /// Whether it is the identity on positive numbers and a multiple of it on negative ones.
  var isPiecewise: Bool {
    kernel == VAE_THEN_IDENTITY || kernel == VAE_THEN_RELU || kernel == VAE_THEN_LEAKY_RELU
  }

  /// What profiles call it; with the identity, the bias is all there is.
  var name: String {
    switch kernel {
    case VAE_THEN_RELU: "relu"
    case VAE_THEN_LEAKY_RELU: "leaky relu"
    case VAE_THEN_ELU: "elu"
    case VAE_THEN_TANH: "tanh"
    case VAE_THEN_SIGMOID: "sigmoid"
    default: "bias"
    }
  }

  /// What the pullback needs of the result `y`: nothing of the identity's, which may be large.
  func kept(_ y: Tensor) -> Tensor? { kernel == VAE_THEN_IDENTITY ? nil : y }

  /// The gradients of the product, in the format its operands have, and of the bias, from the result, if it was kept, and
  /// its gradient.
  func pullback(
    _ y: Tensor?, _ g: Tensor, needsBias: Bool, as format: DType
  ) -> (product: Tensor, bias: Tensor?) {
    let givesProduct = kernel != VAE_THEN_IDENTITY || format != g.dtype
    if kernel == VAE_THEN_IDENTITY && !needsBias { return (g.converted(to: format), nil) }
    let columns = g.shape[-1]
    let pullback = PostStepPullback(
      dtype: g.dtype.kernel, rows: Int64(columns == 0 ? 0 : g.count / columns),
      columns: Int64(columns), step: self, isRounded: format == .bfloat16)
    let dz = givesProduct ? Tensor(unwritten: g.shape, format) : nil
    let db = needsBias ? Tensor(unwritten: [columns], g.dtype) : nil
    launch(pullback, reading: [y ?? g, g], writing: [dz, db])
    return (dz ?? g, db)
  }
}

/// The gradients behind an activation and a bias, from the result and its gradient; that of the product may be rounded to
/// bfloat16.
private struct PostStepPullback: Kernel {
  let dtype: vae_dtype
  let rows, columns: Int64
  let step: PostStep
  let isRounded: Bool
  var name: String { "\(step.name) pullback" }
  var sharedMemory: (read: Int, written: Int)? { (1, 2) }

  func run(_ memory: Operands) {
    if isRounded {
      vae_activation_backward_bf16(
        memory.floats(0), memory.floats(1), memory.roundedNumbers(2), memory.floats(3), rows,
        columns, step.kernel, Float(step.constant))
    } else {
      vae_bias_activation_pullback(
        dtype, rows, columns, step.kernel, step.constant, memory[0], memory[1], memory[2],
        memory[3])
    }
  }
}

/// c[m, n] = activation(a[m, k] b[k, n] + bias) for each of a batch; a transposed operand is stored as
/// [k, m] or [n, k].
///
/// Reads a, b and the bias, which may be missing; writes c, in the result's format, and its copy in bfloat16 where that is
/// wanted. Operands may be bfloat16.
struct Product: DenseKernel {
  let dtype: DType
  var formats: OperandFormats
  var batch = 1
  var m: Int, n: Int, k: Int
  var transposesA = false, transposesB = false
  /// Elements from one matrix to the next; 0 uses one matrix for all.
  var batchA = 0, batchB = 0
  var step = PostStep.none

  var name: String { "matmul" }
  var operations: Double { 2 * Double(batch) * Double(m) * Double(n) * Double(k) }

  var sizes: vae_product {
    vae_product(
      batch: Int64(batch), m: Int64(m), n: Int64(n), k: Int64(k), a_batch: Int64(batchA),
      b_batch: Int64(batchB), a_transposed: transposesA ? 1 : 0,
      b_transposed: transposesB ? 1 : 0, accumulate: 0, activation: step.kernel,
      slope: step.constant, a_format: formats.first.operand, b_format: formats.second.operand)
  }

  var roundedCount: Int? { batch * m * n }

  func runOwn(_ memory: Operands) {
    var sizes = sizes
    vae_product_run(dtype.kernel, &sizes, memory[0], memory[1], memory[2], memory[3])
  }
}

/// The formats of a product's operands.
struct OperandFormats: Equatable {
  let first, second: DType
}

extension DType {
  /// How a product reads it.
  var operand: vae_operand_format {
    switch self {
    case .bfloat16: VAE_BF16
    case .float64: VAE_F64
    case .float32, .int32: VAE_F32
    }
  }
}

/// The sizes of a convolution; x is `[batch, ih, iw, ic]`, y `[batch, oh, ow, oc]`, w `[oc, ic, kh, kw]`.
struct Geometry: Equatable {
  var conv: vae_conv

  var inputShape: Shape { [Int(conv.batch), Int(conv.ih), Int(conv.iw), Int(conv.ic)] }
  var outputShape: Shape { [Int(conv.batch), Int(conv.oh), Int(conv.ow), Int(conv.oc)] }
  var weightShape: Shape { [Int(conv.oc), Int(conv.ic), Int(conv.kh), Int(conv.kw)] }

  static func == (a: Geometry, b: Geometry) -> Bool {
    withUnsafeBytes(of: a.conv) { a in withUnsafeBytes(of: b.conv) { b in a.elementsEqual(b) } }
  }
}

/// One of the three products of a convolution.
///
/// A transposed convolution is the second with a weight of its own, so the three serve both.
struct Convolution: DenseKernel {
  enum Form {
    /// Reads x, w and the bias; writes y = activation(convolution + bias), and its copy in bfloat16.
    case forward
    /// Reads dy, w and the bias; writes dx = activation(gradient by x + bias), and its copy in bfloat16.
    case backwardData
    /// Reads x and dy; writes dw.
    case backwardWeights
  }
  let dtype: DType
  let formats: OperandFormats
  let form: Form
  let geometry: Geometry
  var step = PostStep.none

  var name: String {
    switch form {
    case .forward: "convolution"
    case .backwardData: "transposed convolution"
    case .backwardWeights: "convolution weight pullback"
    }
  }
  var operations: Double {
    let pixels = geometry.conv.batch * geometry.conv.oh * geometry.conv.ow
    return 2 * Double(geometry.weightShape.count) * Double(pixels)
  }

  var hasFewChannels: Bool { min(geometry.conv.ic, geometry.conv.oc) < 8 }

  var roundedCount: Int? {
    switch form {
    case .forward: geometry.outputShape.count
    case .backwardData: geometry.inputShape.count
    case .backwardWeights: nil
    }
  }

  func runOwn(_ memory: Operands) {
    var p = geometry.conv
    let t = dtype.kernel, (a, b) = (formats.first.operand, formats.second.operand)
    switch form {
    case .forward:
      vae_convolution_forward(
        t, &p, a, b, step.kernel, step.constant, memory[0], memory[1], memory[2], memory[3])
    case .backwardData:
      vae_convolution_backward_data(
        t, &p, a, b, step.kernel, step.constant, memory[0], memory[1], memory[2], memory[3])
    case .backwardWeights:
      vae_convolution_backward_weights(t, &p, a, b, memory[0], memory[1], memory[2])
    }
  }
}

extension Geometry {
  /// activation(y + bias) from x, in the result's format.
  func forward(
    _ x: Tensor, _ w: Tensor, bias: Tensor? = nil, then step: PostStep = .none, as dtype: DType
  ) -> Tensor {
    run(.forward, x, w, bias, step, outputShape, dtype)
  }

  /// activation(dx + bias) from dy; without the two it is the gradient by x.
  func backwardData(
    _ dy: Tensor, _ w: Tensor, bias: Tensor? = nil, then step: PostStep = .none, as dtype: DType
  ) -> Tensor {
    run(.backwardData, dy, w, bias, step, inputShape, dtype)
  }

  /// The gradient by w.
  func backwardWeights(_ x: Tensor, _ dy: Tensor, as dtype: DType) -> Tensor {
    let convolution = Convolution(
      dtype: dtype, formats: OperandFormats(first: x.dtype, second: dy.dtype),
      form: .backwardWeights, geometry: self)
    return Tensor(weightShape, dtype, by: convolution, x, dy)
  }

  private func run(
    _ form: Convolution.Form, _ a: Tensor, _ w: Tensor, _ bias: Tensor?, _ step: PostStep,
    _ shape: Shape, _ dtype: DType
  ) -> Tensor {
    let convolution = Convolution(
      dtype: dtype, formats: OperandFormats(first: a.dtype, second: w.dtype), form: form,
      geometry: self, step: step)
    return Tensor(shape, dtype, by: convolution, a, w, bias)
  }
}

extension Tensor {
  /// What a product makes of its operands.
  init(
    _ shape: Shape, _ dtype: DType, by product: some DenseKernel, _ a: Tensor, _ b: Tensor,
    _ bias: Tensor?
  ) {
    self.init(unwritten: shape, dtype)
    launch(product, reading: [a, b, bias], writing: [self, nil])
  }
}
