internal import CTensorKernels

extension Tensor {
  /// The matrix product `[..., m, k]` by `[..., k, n]`, of each matrix of the batch.
  ///
  /// The leading axes agree, or one operand is a single matrix and serves for all. A transposed operand is stored with
  /// its last two axes exchanged. bfloat16 operands are summed in float32 and give float32.
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
    let result = dtype == .bfloat16 ? DType.float32 : dtype
    let product = Product(
      dtype: result, formats: OperandFormats(first: dtype, second: other.dtype),
      batch: batch.count, m: m, n: n, k: k, transposesA: transposeSelf,
      transposesB: transposeOther, batchA: lead.rank == 0 ? 0 : m * k,
      batchB: otherLead.rank == 0 ? 0 : k * n)
    return Tensor(batch + [m, n], result, by: product, self, other, nil)
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
    let format = productFormat == .bfloat16 ? productFormat : other.productFormat
    let (x, y) = (operand(as: format), other.operand(as: format))
    let (needsX, needsY) = (requiresGradient, other.requiresGradient)
    return Variable(x.matmul(y), inputs: [self, other]) { g in
      let g = g.converted(to: format)
      return [
        needsX ? g.matmul(y, transposeOther: true).summed(to: x.shape) : nil,
        needsY ? x.matmul(g, transposeSelf: true).summed(to: y.shape) : nil,
      ]
    }
  }

  /// `x wᵀ + b`, then an activation: the layer `[..., in]` to `[..., out]`, with `weight` `[out, in]`.
  public func linear(
    _ weight: Variable, bias: Variable?, activation: Activation = .identity
  ) -> Variable {
    precondition(
      shape.rank >= 2 && shape[-1] == weight.shape[1],
      "the layer's weight is \(weight.shape), its input \(shape)")
    bias?.requireOnePerOutput(weight.shape[0], like: self)
    weight.requireFormat(of: self)
    let lead = Shape(Array(shape.dimensions.dropLast()))
    let (rows, columns) = (lead.count, weight.shape[0])
    let format = weight.productFormat
    let x = operand(as: format).reshaped(to: [rows, weight.shape[1]])
    let w = weight.operand(as: format)
    let (needsX, needsW, needsBias) = (
      requiresGradient, weight.requiresGradient, bias?.requiresGradient ?? false
    )
    let step = PostStep(activation) ?? .none
    let product = Product(
      dtype: dtype, formats: OperandFormats(first: format, second: format), m: rows, n: columns,
      k: x.shape[1], transposesB: true, step: step)
    let y = Tensor(lead + [columns], dtype, by: product, x, w, bias?.value)
    let inputs = [self, weight] + (bias.map { [$0] } ?? [])
    let result = Variable(y, inputs: inputs) { [kept = step.kept(y), shape] g in
      let (slope, db) = step.pullback(kept, g, needsBias: needsBias, as: format)
      let dz = slope.reshaped(to: [rows, columns])
      return [
        needsX ? dz.matmul(w).reshaped(to: shape) : nil,
        needsW ? dz.matmul(x, transposeSelf: true) : nil, db,
      ]
    }
    return PostStep(activation) == nil ? result.activated(by: activation) : result
  }
}
