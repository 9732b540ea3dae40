internal import CTensorKernels

extension Variable {
  private func poolGeometry(kernel: (height: Int, width: Int), window: Window) -> vae_conv {
    precondition(shape.rank == 4, "pooling takes [batch, height, width, channels], not \(shape)")
    let size = window.outputSize(height: shape[1], width: shape[2], kernel: kernel)
    return window.geometry(
      batch: shape[0], input: (shape[1], shape[2], shape[3]),
      output: (size.height, size.width, shape[3]), kernel: kernel)
  }

  /// The largest element of each window of images `[batch, height, width, channels]`.
  public func maxPooled(kernel: (height: Int, width: Int), window: Window) -> Variable {
    var p = poolGeometry(kernel: kernel, window: window)
    let (x, result) = (value, Convolution(geometry: p).outputShape)
    var y = x
    let index = Tensor(shape: result, dtype: .int32) { index in
      y = Tensor(shape: result, dtype: x.dtype) {
        vae_max_pool(
          x.dtype.kernel, &p, x.bytes, $0,
          index.bindMemory(to: Int32.self, capacity: result.count))
      }
    }
    let geometry = p
    return Variable(y, inputs: [self]) { g in
      var p = geometry
      return [
        Tensor(shape: x.shape, dtype: x.dtype) {
          vae_max_pool_pullback(
            x.dtype.kernel, &p, g.bytes,
            index.bytes.bindMemory(to: Int32.self, capacity: index.count), $0)
        }
      ]
    }
  }

  /// The mean of each window of images `[batch, height, width, channels]`, over the elements inside the image.
  public func averagePooled(kernel: (height: Int, width: Int), window: Window) -> Variable {
    let geometry = poolGeometry(kernel: kernel, window: window)
    let x = value
    let y = Tensor(shape: Convolution(geometry: geometry).outputShape, dtype: x.dtype) {
      var p = geometry
      vae_average_pool(x.dtype.kernel, &p, x.bytes, $0)
    }
    return Variable(y, inputs: [self]) { g in
      [
        Tensor(shape: x.shape, dtype: x.dtype) {
          var p = geometry
          vae_average_pool_pullback(x.dtype.kernel, &p, g.bytes, $0)
        }
      ]
    }
  }
}
