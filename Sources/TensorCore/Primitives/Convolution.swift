internal import CTensorKernels

/// How a convolution's window moves over an image.
public struct Window: Sendable, Hashable {
  /// Steps from one window to the next, down and across.
  public var stride: (height: Int, width: Int) { (strideHeight, strideWidth) }
  /// Steps between neighbouring elements of a window, down and across.
  public var dilation: (height: Int, width: Int) { (dilationHeight, dilationWidth) }
  let strideHeight: Int, strideWidth: Int, dilationHeight: Int, dilationWidth: Int
  /// Rows and columns of zeros around the image.
  public let padding: Padding

  /// Rows and columns of zeros around an image.
  public struct Padding: Sendable, Hashable {
    /// Zeros on each side.
    public var top: Int, bottom: Int, left: Int, right: Int

    /// Zeros on each of the four sides.
    public init(top: Int, bottom: Int, left: Int, right: Int) {
      self.top = top
      self.bottom = bottom
      self.left = left
      self.right = right
    }

    /// The same number of zeros on every side.
    public init(_ all: Int) { self.init(top: all, bottom: all, left: all, right: all) }
  }

  /// A window with strides, padding and dilations.
  public init(
    stride: (height: Int, width: Int) = (1, 1), padding: Padding = Padding(0),
    dilation: (height: Int, width: Int) = (1, 1)
  ) {
    precondition(stride.height > 0 && stride.width > 0, "a stride is positive")
    precondition(dilation.height > 0 && dilation.width > 0, "a dilation is positive")
    (strideHeight, strideWidth) = stride
    (dilationHeight, dilationWidth) = dilation
    self.padding = padding
  }

  /// A square window.
  public init(stride: Int, padding: Int = 0, dilation: Int = 1) {
    self.init(
      stride: (stride, stride), padding: Padding(padding), dilation: (dilation, dilation))
  }

  /// Windows that fit along an axis of `size` elements; none or fewer when the image is too small.
  func count(_ size: Int, kernel: Int, before: Int, after: Int, stride: Int, dilation: Int) -> Int {
    let room = size + before + after - dilation * (kernel - 1) - 1
    return room < 0 ? 0 : room / stride + 1
  }

  /// The height and width that a convolution with a kernel of this size gives.
  public func outputSize(
    height: Int, width: Int, kernel: (height: Int, width: Int)
  ) -> (height: Int, width: Int) {
    (
      count(
        height, kernel: kernel.height, before: padding.top, after: padding.bottom,
        stride: strideHeight, dilation: dilationHeight),
      count(
        width, kernel: kernel.width, before: padding.left, after: padding.right,
        stride: strideWidth, dilation: dilationWidth)
    )
  }

  /// The height and width that a transposed convolution with a kernel of this size gives.
  public func transposedOutputSize(
    height: Int, width: Int, kernel: (height: Int, width: Int),
    outputPadding: (height: Int, width: Int)
  ) -> (height: Int, width: Int) {
    (
      (height - 1) * strideHeight - padding.top - padding.bottom
        + dilationHeight * (kernel.height - 1) + outputPadding.height + 1,
      (width - 1) * strideWidth - padding.left - padding.right
        + dilationWidth * (kernel.width - 1) + outputPadding.width + 1
    )
  }

  func geometry(
    batch: Int, input: (height: Int, width: Int, channels: Int),
    output: (height: Int, width: Int, channels: Int), kernel: (height: Int, width: Int)
  ) -> Geometry {
    Geometry(
      conv: vae_conv(
        batch: Int64(batch), ih: Int64(input.height), iw: Int64(input.width),
        ic: Int64(input.channels), oh: Int64(output.height), ow: Int64(output.width),
        oc: Int64(output.channels), kh: Int64(kernel.height), kw: Int64(kernel.width),
        stride_h: Int64(strideHeight), stride_w: Int64(strideWidth), pad_top: Int64(padding.top),
        pad_left: Int64(padding.left), dilation_h: Int64(dilationHeight),
        dilation_w: Int64(dilationWidth)))
  }
}

extension Variable {
  /// The convolution of images `[batch, height, width, in]` with `weight` `[out, in, kh, kw]`, then an activation.
  public func convolved(
    _ weight: Variable, bias: Variable?, window: Window, activation: Activation = .identity
  ) -> Variable {
    let (x, w) = (value, weight.value)
    precondition(
      x.shape.rank == 4 && w.shape.rank == 4 && x.shape[3] == w.shape[1],
      "the convolution's weight is \(w.shape), its input \(x.shape)")
    bias?.requireOnePerOutput(w.shape[0], like: self)
    weight.requireFormat(of: self)
    let kernel = (height: w.shape[2], width: w.shape[3])
    let size = window.outputSize(height: x.shape[1], width: x.shape[2], kernel: kernel)
    let convolution = window.geometry(
      batch: x.shape[0], input: (x.shape[1], x.shape[2], x.shape[3]),
      output: (size.height, size.width, w.shape[0]), kernel: kernel)
    return finish(convolution, weight, bias: bias, activation: activation, isTransposed: false)
  }

  /// The transposed convolution of images `[batch, height, width, in]` with `weight` `[in, out, kh, kw]`, then an
  /// activation.
  ///
  /// It is the gradient of ``convolved(_:bias:window:activation:)`` with respect to its input.
  public func transposeConvolved(
    _ weight: Variable, bias: Variable?, window: Window,
    outputPadding: (height: Int, width: Int) = (0, 0), activation: Activation = .identity
  ) -> Variable {
    let (x, w) = (value, weight.value)
    precondition(
      x.shape.rank == 4 && w.shape.rank == 4 && x.shape[3] == w.shape[0],
      "the transposed convolution's weight is \(w.shape), its input \(x.shape)")
    bias?.requireOnePerOutput(w.shape[1], like: self)
    weight.requireFormat(of: self)
    let kernel = (height: w.shape[2], width: w.shape[3])
    let size = window.transposedOutputSize(
      height: x.shape[1], width: x.shape[2], kernel: kernel, outputPadding: outputPadding)
    precondition(
      size.height > 0 && size.width > 0, "the transposed convolution of \(x.shape) has no pixels")
    let convolution = window.geometry(
      batch: x.shape[0], input: (size.height, size.width, w.shape[1]),
      output: (x.shape[1], x.shape[2], x.shape[3]), kernel: kernel)
    return finish(convolution, weight, bias: bias, activation: activation, isTransposed: true)
  }

  /// The convolution or its transpose with bias and activation, and its pullback.
  private func finish(
    _ convolution: Geometry, _ weight: Variable, bias: Variable?, activation: Activation,
    isTransposed: Bool
  ) -> Variable {
    let format = weight.productFormat
    let (x, w) = (operand(as: format), weight.operand(as: format))
    let (needsX, needsW, needsBias) = (
      requiresGradient, weight.requiresGradient, bias?.requiresGradient ?? false
    )
    let step = PostStep(activation), result = dtype
    let y =
      isTransposed
      ? convolution.backwardData(x, w, bias: bias?.value, then: step ?? .none, as: result)
      : convolution.forward(x, w, bias: bias?.value, then: step ?? .none, as: result)
    let kept = (step ?? .none).kept(y)
    let made = Variable(y, of: [self, weight] + (bias.map { [$0] } ?? [])) { pull in
      pull { g in
        let (dz, db) = (step ?? .none).pullback(kept, g, needsBias: needsBias, as: format)
        if isTransposed {
          return [
            needsX ? convolution.forward(dz, w, as: result) : nil,
            needsW ? convolution.backwardWeights(dz, x, as: result) : nil, db,
          ]
        }
        return [
          needsX ? convolution.backwardData(dz, w, as: result) : nil,
          needsW ? convolution.backwardWeights(x, dz, as: result) : nil, db,
        ]
      } again: { g, node in
        let slope = (step ?? .none).pullback(g, result: node.result)
        let (dz, x, w) = (slope.multiplying(as: format), node.inputs[0], node.inputs[1])
        return [
          node.wants[0] ? convolution.product(isTransposed ? .forward : .backwardData, dz, w) : nil,
          node.wants[1]
            ? convolution.product(
              .backwardWeights, isTransposed ? dz : x, isTransposed ? x : dz) : nil,
          needsBias ? slope.summedToBias() : nil,
        ]
      }
    }
    return step == nil ? made.activated(by: activation) : made
  }
}

extension Geometry {
  /// One of a convolution's three products of variables: of x and w, dy and w, or x and dy.
  ///
  /// They are the three derivatives of one form that is linear in x, w and dy, so each has the others for a pullback.
  fileprivate func product(_ form: Convolution.Form, _ a: Variable, _ b: Variable) -> Variable {
    let format = a.productFormat == .bfloat16 ? a.productFormat : b.productFormat
    let (x, y, result) = (a.operand(as: format), b.operand(as: format), a.dtype)
    let (needsA, needsB) = (a.requiresGradient, b.requiresGradient)
    let value = product(form, x, y, as: result)
    return Variable(value, of: [a, b]) { pull in
      pull { g in
        let g = g.converted(to: format)
        return switch form {
        case .forward:
          [
            needsA ? product(.backwardData, g, y, as: result) : nil,
            needsB ? product(.backwardWeights, x, g, as: result) : nil,
          ]
        case .backwardData:
          [
            needsA ? product(.forward, g, y, as: result) : nil,
            needsB ? product(.backwardWeights, g, x, as: result) : nil,
          ]
        case .backwardWeights:
          [
            needsA ? product(.backwardData, y, g, as: result) : nil,
            needsB ? product(.forward, x, g, as: result) : nil,
          ]
        }
      } again: { g, node in
        let (g, a, b) = (g.multiplying(as: format), node.inputs[0], node.inputs[1])
        return switch form {
        case .forward:
          [
            node.wants[0] ? product(.backwardData, g, b) : nil,
            node.wants[1] ? product(.backwardWeights, a, g) : nil,
          ]
        case .backwardData:
          [
            node.wants[0] ? product(.forward, g, b) : nil,
            node.wants[1] ? product(.backwardWeights, g, a) : nil,
          ]
        case .backwardWeights:
          [
            node.wants[0] ? product(.backwardData, b, g) : nil,
            node.wants[1] ? product(.forward, a, g) : nil,
          ]
        }
      }
    }
  }

  private func product(
    _ form: Convolution.Form, _ a: Tensor, _ b: Tensor, as dtype: DType
  ) -> Tensor {
    switch form {
    case .forward: forward(a, b, as: dtype)
    case .backwardData: backwardData(a, b, as: dtype)
    case .backwardWeights: backwardWeights(a, b, as: dtype)
    }
  }
}
