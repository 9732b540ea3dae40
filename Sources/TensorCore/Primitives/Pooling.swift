internal import CTensorKernels

extension Variable {
  private func poolGeometry(kernel: (height: Int, width: Int), window: Window) -> Geometry {
    precondition(shape.rank == 4, "pooling takes [batch, height, width, channels], not \(shape)")
    let size = window.outputSize(height: shape[1], width: shape[2], kernel: kernel)
    return window.geometry(
      batch: shape[0], input: (shape[1], shape[2], shape[3]),
      output: (size.height, size.width, shape[3]), kernel: kernel)
  }

  /// The largest element of each window of images `[batch, height, width, channels]`.
  public func maxPooled(kernel: (height: Int, width: Int), window: Window) -> Variable {
    let pool = Pool(
      dtype: dtype.kernel, geometry: poolGeometry(kernel: kernel, window: window), form: .maximum)
    let result = pool.geometry.outputShape
    let y = Tensor(unwritten: result, dtype), index = Tensor(unwritten: result, .int32)
    launch(pool, reading: [value], writing: [y, index])
    let (shape, dtype) = (shape, dtype)
    return Variable(y, inputs: [self]) { g in
      [Tensor(shape, dtype, by: pool.with(.maximumPullback), g, index)]
    }
  }

  /// The mean of each window of images `[batch, height, width, channels]`, over the elements inside the image.
  public func averagePooled(kernel: (height: Int, width: Int), window: Window) -> Variable {
    let pool = Pool(
      dtype: dtype.kernel, geometry: poolGeometry(kernel: kernel, window: window), form: .average)
    let y = Tensor(pool.geometry.outputShape, dtype, by: pool, value)
    let (shape, dtype) = (shape, dtype)
    return Variable(y, inputs: [self]) { g in
      [Tensor(shape, dtype, by: pool.with(.averagePullback), g)]
    }
  }
}

private struct Pool: Kernel {
  enum Form { case maximum, maximumPullback, average, averagePullback }
  let dtype: vae_dtype
  let geometry: Geometry
  var form: Form
  var name: String {
    switch form {
    case .maximum: "max pool"
    case .maximumPullback: "max pool pullback"
    case .average: "average pool"
    case .averagePullback: "average pool pullback"
    }
  }

  func with(_ form: Form) -> Pool {
    var other = self
    other.form = form
    return other
  }

  func run(_ memory: Operands) {
    var p = geometry.conv
    switch form {
    case .maximum: vae_max_pool(dtype, &p, memory[0], memory[1], memory.integers(2))
    case .maximumPullback:
      vae_max_pool_pullback(dtype, &p, memory[0], memory.integers(1), memory[2])
    case .average: vae_average_pool(dtype, &p, memory[0], memory[1])
    case .averagePullback: vae_average_pool_pullback(dtype, &p, memory[0], memory[1])
    }
  }
}
