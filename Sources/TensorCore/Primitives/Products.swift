internal import CTensorKernels

extension Tensor {
  /// The matrix product `[..., m, k]` by `[..., k, n]`, of each matrix of the batch.
  ///
  /// The leading axes agree, or one operand is a single matrix and serves for all. A transposed operand is stored with
  /// its last two axes exchanged.
  public func matmul(
    _ other: Tensor, transposeSelf: Bool = false, transposeOther: Bool = false
  ) -> Tensor {
    precondition(
      shape.rank >= 2 && other.shape.rank >= 2, "\(shape) by \(other.shape): no matrices")
    precondition(dtype == other.dtype, "operands are \(dtype) and \(other.dtype)")
    let (m, k) = transposeSelf ? (shape[-1], shape[-2]) : (shape[-2], shape[-1])
    let (otherK, n) =
      transposeOther ? (other.shape[-1], other.shape[-2]) : (other.shape[-2], other.shape[-1])
    precondition(
      k == otherK, "\(shape) by \(other.shape): the inner sizes are \(k) and \(otherK)")
    let lead = Shape(Array(shape.dimensions.dropLast(2)))
    let otherLead = Shape(Array(other.shape.dimensions.dropLast(2)))
    precondition(
      lead == otherLead || lead.rank == 0 || otherLead.rank == 0,
      "\(shape) by \(other.shape): the batches do not agree")
    let batch = lead.rank == 0 ? otherLead : lead
    return Tensor(shape: batch + [m, n], dtype: dtype) {
      vae_matmul(
        dtype.kernel, Int64(batch.count), Int64(m), Int64(n), Int64(k), transposeSelf ? 1 : 0,
        transposeOther ? 1 : 0, lead.rank == 0 ? 0 : Int64(m * k),
        otherLead.rank == 0 ? 0 : Int64(k * n), bytes, other.bytes, $0)
    }
  }
}

extension Variable {
  /// Traps unless this weight or bias has the format of what it meets.
  func requireFormat(of input: Variable) {
    precondition(dtype == input.dtype, "operands are \(input.dtype) and \(dtype)")
  }

  /// Traps unless this is a layer's bias: one element an output.
  func requireOnePerOutput(_ count: Int, like input: Variable) {
    precondition(shape == [count], "the bias is \(shape), the layer has \(count) outputs")
    requireFormat(of: input)
  }

  /// The matrix product `[..., m, k]` by `[..., k, n]`; a single matrix serves a whole batch.
  public func matmul(_ other: Variable) -> Variable {
    let (x, y) = (value, other.value)
    let (needsX, needsY) = (requiresGradient, other.requiresGradient)
    return Variable(x.matmul(y), inputs: [self, other]) { g in
      [
        needsX ? g.matmul(y, transposeOther: true).summed(to: x.shape) : nil,
        needsY ? x.matmul(g, transposeSelf: true).summed(to: y.shape) : nil,
      ]
    }
  }

  /// `x wᵀ + b`, then an activation: the layer `[batch, in]` to `[batch, out]`, with `weight` `[out, in]`.
  public func linear(
    _ weight: Variable, bias: Variable?, activation: Activation = .identity
  ) -> Variable {
    precondition(
      shape.rank == 2 && shape[1] == weight.shape[1],
      "the layer's weight is \(weight.shape), its input \(shape)")
    bias?.requireOnePerOutput(weight.shape[0], like: self)
    weight.requireFormat(of: self)
    let (x, w) = (value, weight.value)
    let (needsX, needsW) = (requiresGradient, weight.requiresGradient)
    var y = x.matmul(w, transposeOther: true)
    if let bias { y = y + bias.value }
    let product = Variable(y, inputs: bias.map { [self, weight, $0] } ?? [self, weight]) { g in
      [
        needsX ? g.matmul(w) : nil, needsW ? g.matmul(x, transposeSelf: true) : nil,
        g.sum(along: 0),
      ]
    }
    return product.activated(by: activation)
  }
}
