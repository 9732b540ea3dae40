internal import CTensorKernels

#if OneDNN
  internal import COneDNN
#endif

// The products behind dense and convolutional layers: on oneDNN where it is built in and takes the
// shape, otherwise on the plain path.

/// An activation whose derivative follows from its result, so that it runs inside a product.
struct PostStep {
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

  /// activation(y + bias) in place; the bias has one element a column.
  func apply(
    _ dtype: DType, bias: Tensor?, rows: Int, columns: Int, _ y: UnsafeMutableRawPointer
  ) {
    vae_bias_activation(
      dtype.kernel, Int64(rows), Int64(columns), kernel, constant, bias?.bytes, y)
  }

  /// What the pullback needs of the result `y`: nothing of the identity's, which may be large.
  func kept(_ y: Tensor) -> Tensor? { kernel == VAE_THEN_IDENTITY ? nil : y }

  /// The gradients of the product and of the bias, from the result, if it was kept, and its gradient.
  func pullback(_ y: Tensor?, _ g: Tensor, needsBias: Bool) -> (product: Tensor, bias: Tensor?) {
    let y = y ?? g
    let columns = y.shape[-1], rows = columns == 0 ? 0 : y.count / columns
    let isIdentity = kernel == VAE_THEN_IDENTITY
    if isIdentity && !needsBias { return (g, nil) }
    func run(_ dz: UnsafeMutableRawPointer?, _ db: UnsafeMutableRawPointer?) {
      vae_bias_activation_pullback(
        y.dtype.kernel, Int64(rows), Int64(columns), kernel, constant, y.bytes, g.bytes, dz, db)
    }
    var dz = g
    func productGradient(_ db: UnsafeMutableRawPointer?) {
      if isIdentity {
        run(nil, db)
      } else {
        dz = Tensor(shape: y.shape, dtype: y.dtype) { run($0, db) }
      }
    }
    guard needsBias else {
      productGradient(nil)
      return (dz, nil)
    }
    let db = Tensor(shape: [columns], dtype: y.dtype) { productGradient($0) }
    return (dz, db)
  }
}

/// c[m, n] = a[m, k] b[k, n] for each of a batch; a transposed operand is stored as [k, m] or [n, k].
struct Product {
  var batch: Int
  var m: Int, n: Int, k: Int
  var transposed: (a: Bool, b: Bool)
  /// Elements from one matrix to the next; 0 uses one matrix for all.
  var batchStrides: (a: Int, b: Int)

  func run(
    _ dtype: DType, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, bias: Tensor?,
    then step: PostStep, _ c: UnsafeMutableRawPointer
  ) {
    #if OneDNN
      if dtype == .float32 {
        var product = vae_product(
          batch: Int64(batch), m: Int64(m), n: Int64(n), k: Int64(k),
          a_batch: Int64(batchStrides.a), b_batch: Int64(batchStrides.b),
          a_transposed: transposed.a ? 1 : 0, b_transposed: transposed.b ? 1 : 0, accumulate: 0,
          activation: step.kernel, slope: step.constant, a_format: VAE_F32, b_format: VAE_F32)
        let status = vae_onednn_product(
          &product, a.floats, b.floats, bias?.bytes.floats, c.floats)
        if status == 0 { return }
      }
    #endif
    vae_matmul(
      dtype.kernel, Int64(batch), Int64(m), Int64(n), Int64(k), transposed.a ? 1 : 0,
      transposed.b ? 1 : 0, Int64(batchStrides.a), Int64(batchStrides.b), a, b, c)
    step.apply(dtype, bias: bias, rows: batch * m, columns: n, c)
  }
}

/// The three products of a convolution; x is `[batch, ih, iw, ic]`, y `[batch, oh, ow, oc]`, w
/// `[oc, ic, kh, kw]`.
///
/// A transposed convolution is the second with a weight of its own, so the three serve both.
struct Convolution {
  var geometry: vae_conv

  var inputShape: Shape {
    [Int(geometry.batch), Int(geometry.ih), Int(geometry.iw), Int(geometry.ic)]
  }
  var outputShape: Shape {
    [Int(geometry.batch), Int(geometry.oh), Int(geometry.ow), Int(geometry.oc)]
  }
  var weightShape: Shape {
    [Int(geometry.oc), Int(geometry.ic), Int(geometry.kh), Int(geometry.kw)]
  }

  /// activation(y + bias) from x.
  func forward(
    _ x: Tensor, _ w: Tensor, bias: Tensor? = nil, then step: PostStep = .none
  ) -> Tensor {
    var geometry = geometry
    return Tensor(shape: outputShape, dtype: x.dtype) { y in
      #if OneDNN
        if x.dtype == .float32,
          vae_onednn_conv_forward(
            &geometry, step.kernel, Float(step.constant), x.bytes.floats, w.bytes.floats,
            bias?.bytes.floats, y.floats) == 0
        {
          return
        }
      #endif
      vae_conv_forward(x.dtype.kernel, &geometry, x.bytes, w.bytes, y)
      step.apply(
        x.dtype, bias: bias, rows: outputShape.count / max(outputShape[3], 1),
        columns: outputShape[3], y)
    }
  }

  /// activation(dx + bias) from dy; without the two it is the gradient by x.
  func backwardData(
    _ dy: Tensor, _ w: Tensor, bias: Tensor? = nil, then step: PostStep = .none
  ) -> Tensor {
    Tensor(shape: inputShape, dtype: dy.dtype) { dx in
      backwardData(dy, w, dx)
      step.apply(
        dy.dtype, bias: bias, rows: inputShape.count / max(inputShape[3], 1),
        columns: inputShape[3], dx)
    }
  }

  private func backwardData(_ dy: Tensor, _ w: Tensor, _ dx: UnsafeMutableRawPointer) {
    var geometry = geometry
    #if OneDNN
      if dy.dtype == .float32,
        vae_onednn_conv_backward_data(
          &geometry, dy.bytes.floats, w.bytes.floats, dx.floats) == 0
      {
        return
      }
    #endif
    vae_conv_backward_data(dy.dtype.kernel, &geometry, dy.bytes, w.bytes, dx)
  }

  /// The gradient by w.
  func backwardWeights(_ x: Tensor, _ dy: Tensor) -> Tensor {
    var geometry = geometry
    return Tensor(shape: weightShape, dtype: x.dtype) { dw in
      #if OneDNN
        if x.dtype == .float32,
          vae_onednn_conv_backward_weights(
            &geometry, x.bytes.floats, dy.bytes.floats, dw.floats) == 0
        {
          return
        }
      #endif
      vae_conv_backward_weights(x.dtype.kernel, &geometry, x.bytes, dy.bytes, dw)
    }
  }
}

extension UnsafeRawPointer {
  /// The bytes as float32 numbers.
  var floats: UnsafePointer<Float> { assumingMemoryBound(to: Float.self) }
}

extension UnsafeMutableRawPointer {
  /// The bytes as float32 numbers.
  var floats: UnsafeMutablePointer<Float> { assumingMemoryBound(to: Float.self) }
}
