internal import CTensorKernels

#if OneDNN
  internal import COneDNN
#endif

// The products behind dense and convolutional layers: on oneDNN where it is built in and takes the
// shape, otherwise on the plain path.

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

  /// What the pullback needs of the result `y`: nothing of the identity's, which may be large.
  func kept(_ y: Tensor) -> Tensor? { kernel == VAE_THEN_IDENTITY ? nil : y }

  /// The gradients of the product and of the bias, from the result, if it was kept, and its gradient.
  func pullback(_ y: Tensor?, _ g: Tensor, needsBias: Bool) -> (product: Tensor, bias: Tensor?) {
    let isIdentity = kernel == VAE_THEN_IDENTITY
    if isIdentity && !needsBias { return (g, nil) }
    let columns = g.shape[-1]
    let pullback = PostStepPullback(
      dtype: g.dtype.kernel, rows: Int64(columns == 0 ? 0 : g.count / columns),
      columns: Int64(columns), step: self)
    let dz = isIdentity ? nil : Tensor(unwritten: g.shape, g.dtype)
    let db = needsBias ? Tensor(unwritten: [columns], g.dtype) : nil
    launch(pullback, reading: [y ?? g, g], writing: [dz, db])
    return (dz ?? g, db)
  }
}

/// The gradients behind an activation and a bias, from the result and its gradient.
private struct PostStepPullback: Kernel {
  let dtype: vae_dtype
  let rows, columns: Int64
  let step: PostStep
  var name: String { "activation pullback" }

  func run(_ memory: Operands) {
    vae_bias_activation_pullback(
      dtype, rows, columns, step.kernel, step.constant, memory[0], memory[1], memory[2], memory[3])
  }
}

/// c[m, n] = activation(a[m, k] b[k, n] + bias) for each of a batch; a transposed operand is stored as
/// [k, m] or [n, k].
///
/// Reads a, b and the bias, which may be missing; writes c.
struct Product: Kernel {
  let dtype: DType
  var batch = 1
  var m: Int, n: Int, k: Int
  var transposesA = false, transposesB = false
  /// Elements from one matrix to the next; 0 uses one matrix for all.
  var batchA = 0, batchB = 0
  var step = PostStep.none

  var name: String { "product" }
  var operations: Double { 2 * Double(batch) * Double(m) * Double(n) * Double(k) }

  func run(_ memory: Operands) {
    #if OneDNN
      if dtype == .float32 {
        var product = vae_product(
          batch: Int64(batch), m: Int64(m), n: Int64(n), k: Int64(k), a_batch: Int64(batchA),
          b_batch: Int64(batchB), a_transposed: transposesA ? 1 : 0,
          b_transposed: transposesB ? 1 : 0, accumulate: 0, activation: step.kernel,
          slope: step.constant)
        let status = vae_onednn_product(
          &product, memory.floats(0), memory.floats(1), memory.floats(2), memory.floats(3))
        if status == 0 { return }
      }
    #endif
    vae_matmul(
      dtype.kernel, Int64(batch), Int64(m), Int64(n), Int64(k), transposesA ? 1 : 0,
      transposesB ? 1 : 0, Int64(batchA), Int64(batchB), memory[0], memory[1], memory[3])
    vae_bias_activation(
      dtype.kernel, Int64(batch * m), Int64(n), step.kernel, step.constant, memory[2], memory[3])
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
struct Convolution: Kernel {
  enum Form {
    /// Reads x, w and the bias; writes y = activation(convolution + bias).
    case forward
    /// Reads dy, w and the bias; writes dx = activation(gradient by x + bias).
    case backwardData
    /// Reads x and dy; writes dw.
    case backwardWeights
  }
  let dtype: DType
  let form: Form
  let geometry: Geometry
  var step = PostStep.none

  var name: String { "convolution \(form)" }
  var operations: Double {
    2 * Double(geometry.weightShape.count) * Double(geometry.outputShape.dimensions[..<3].reduce(1, *))
  }

  func run(_ memory: Operands) {
    var p = geometry.conv
    #if OneDNN
      if dtype == .float32 && runOnOneDNN(&p, memory) { return }
    #endif
    let t = dtype.kernel
    switch form {
    case .forward:
      vae_conv_forward(t, &p, memory[0], memory[1], memory[3])
      finish(geometry.outputShape, memory)
    case .backwardData:
      vae_conv_backward_data(t, &p, memory[0], memory[1], memory[3])
      finish(geometry.inputShape, memory)
    case .backwardWeights: vae_conv_backward_weights(t, &p, memory[0], memory[1], memory[2])
    }
  }

  #if OneDNN
    private func runOnOneDNN(_ p: inout vae_conv, _ memory: Operands) -> Bool {
      let (a, b) = (memory.floats(0), memory.floats(1))
      switch form {
      case .forward:
        return vae_onednn_conv_forward(
          &p, step.kernel, Float(step.constant), a, b, memory.floats(2), memory.floats(3)) == 0
      case .backwardData:
        guard vae_onednn_conv_backward_data(&p, a, b, memory.floats(3)) == 0 else { return false }
        finish(geometry.inputShape, memory)
        return true
      case .backwardWeights:
        return vae_onednn_conv_backward_weights(&p, a, b, memory.floats(2)) == 0
      }
    }
  #endif

  /// Bias and activation in place.
  private func finish(_ shape: Shape, _ memory: Operands) {
    vae_bias_activation(
      dtype.kernel, Int64(shape.count / max(shape[3], 1)), Int64(shape[3]), step.kernel,
      step.constant, memory[2], memory[3])
  }
}

extension Geometry {
  /// activation(y + bias) from x.
  func forward(
    _ x: Tensor, _ w: Tensor, bias: Tensor? = nil, then step: PostStep = .none
  ) -> Tensor {
    Tensor(
      outputShape, x.dtype,
      by: Convolution(dtype: x.dtype, form: .forward, geometry: self, step: step), x, w, bias)
  }

  /// activation(dx + bias) from dy; without the two it is the gradient by x.
  func backwardData(
    _ dy: Tensor, _ w: Tensor, bias: Tensor? = nil, then step: PostStep = .none
  ) -> Tensor {
    Tensor(
      inputShape, dy.dtype,
      by: Convolution(dtype: dy.dtype, form: .backwardData, geometry: self, step: step), dy, w,
      bias)
  }

  /// The gradient by w.
  func backwardWeights(_ x: Tensor, _ dy: Tensor) -> Tensor {
    Tensor(
      weightShape, x.dtype,
      by: Convolution(dtype: x.dtype, form: .backwardWeights, geometry: self), x, dy)
  }
}
