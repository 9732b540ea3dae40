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
    return Variable(y, of: [self]) { pull in
      pull { g in
        [Tensor(shape, dtype, by: pool.with(.maximumPullback), g, index)]
      } again: { g, _ in
        [g.spread(to: index, by: pool.with(.maximumPullback))]
      }
    }
  }

  /// The mean of each window of images `[batch, height, width, channels]`, over the elements inside the image.
  public func averagePooled(kernel: (height: Int, width: Int), window: Window) -> Variable {
    let pool = Pool(
      dtype: dtype.kernel, geometry: poolGeometry(kernel: kernel, window: window), form: .average)
    return pooled(by: pool)
  }

  /// The means of windows, or the adjoint of that.
  private func pooled(by pool: Pool) -> Variable {
    let (from, to) = (pool.geometry.inputShape, pool.geometry.outputShape)
    let adjoint = pool.with(pool.form == .average ? .averagePullback : .average)
    let dtype = dtype
    let y = Tensor(pool.form == .average ? to : from, dtype, by: pool, value)
    return Variable(y, of: [self]) { [shape] pull in
      pull { g in
        [Tensor(shape, dtype, by: adjoint, g)]
      } again: { g, _ in
        [g.pooled(by: adjoint)]
      }
    }
  }

  /// Each element where its window had the largest one, zeros elsewhere; its adjoint takes them from there.
  private func spread(to index: Tensor, by pool: Pool) -> Variable {
    let dtype = dtype
    let y = Tensor(pool.geometry.inputShape, dtype, by: pool, value, index)
    return Variable(y, of: [self]) { pull in
      pull { g in
        [Tensor(index.shape, dtype, by: pool.picked, g, index)]
      } again: { g, _ in
        [g.picked(from: index, by: pool)]
      }
    }
  }

  /// The element that was the largest of each window.
  private func picked(from index: Tensor, by pool: Pool) -> Variable {
    let (shape, dtype) = (shape, dtype)
    let y = Tensor(index.shape, dtype, by: pool.picked, value, index)
    return Variable(y, of: [self]) { pull in
      pull { g in
        [Tensor(shape, dtype, by: pool, g, index)]
      } again: { g, _ in
        [g.spread(to: index, by: pool)]
      }
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

  /// Of each window the element that was the largest; 0 for a window outside of the image.
  fileprivate var picked: Picked {
    Picked(size: dtype == VAE_FLOAT32 ? 4 : 8, count: geometry.outputShape.count)
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

/// The elements at some places among all, 0 for a place of -1.
private struct Picked: Kernel {
  let size, count: Int
  var name: String { "max pool pick" }

  func run(_ memory: Operands) {
    guard let x = memory[0], let index = memory.integers(1), let y = memory[2] else { return }
    vae_clear(y, count * size)
    for i in 0..<count where index[i] >= 0 {
      (y + i * size).copyMemory(from: x + Int(index[i]) * size, byteCount: size)
    }
  }
}
