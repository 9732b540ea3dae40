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
  ///
  /// A transposed operand is stored with its last two axes exchanged.
  public func matmul(
    _ other: Variable, transposeSelf: Bool = false, transposeOther: Bool = false
  ) -> Variable {
    let format = productFormat == .bfloat16 ? productFormat : other.productFormat
    let (x, y) = (operand(as: format), other.operand(as: format))
    let (needsX, needsY) = (requiresGradient, other.requiresGradient)
    let product = x.matmul(y, transposeSelf: transposeSelf, transposeOther: transposeOther)
    return Variable(product, of: [self, other]) { pull in
      pull { g in
        let g = g.converted(to: format)
        let byX = {
          transposeSelf
            ? y.matmul(g, transposeSelf: transposeOther, transposeOther: true)
            : g.matmul(y, transposeOther: !transposeOther)
        }
        let byY = {
          transposeOther
            ? g.matmul(x, transposeSelf: true, transposeOther: transposeSelf)
            : x.matmul(g, transposeSelf: !transposeSelf)
        }
        return [
          needsX ? byX().summed(to: x.shape) : nil, needsY ? byY().summed(to: y.shape) : nil,
        ]
      } again: { g, node in
        let (g, x, y) = (g.multiplying(as: format), node.inputs[0], node.inputs[1])
        let byX = {
          transposeSelf
            ? y.matmul(g, transposeSelf: transposeOther, transposeOther: true)
            : g.matmul(y, transposeOther: !transposeOther)
        }
        let byY = {
          transposeOther
            ? g.matmul(x, transposeSelf: true, transposeOther: transposeSelf)
            : x.matmul(g, transposeSelf: !transposeSelf)
        }
        return [
          node.wants[0] ? byX().summed(to: x.shape) : nil,
          node.wants[1] ? byY().summed(to: y.shape) : nil,
        ]
      }
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
    let result = Variable(y, of: inputs) { [kept = step.kept(y), shape] pull in
      pull { g in
        let (slope, db) = step.pullback(kept, g, needsBias: needsBias, as: format)
        let dz = slope.reshaped(to: [rows, columns])
        return [
          needsX ? dz.matmul(w).reshaped(to: shape) : nil,
          needsW ? dz.matmul(x, transposeSelf: true) : nil, db,
        ]
      } again: { g, node in
        let slope = step.pullback(g, result: node.result).reshaped(to: [rows, columns])
        let dz = slope.multiplying(as: format)
        let byWeight = {
          dz.matmul(node.inputs[0].reshaped(to: [rows, x.shape[1]]), transposeSelf: true)
        }
        return [
          node.wants[0] ? dz.matmul(node.inputs[1]).reshaped(to: shape) : nil,
          node.wants[1] ? byWeight() : nil, needsBias ? slope.sum(along: 0) : nil,
        ]
      }
    }
    return PostStep(activation) == nil ? result.activated(by: activation) : result
  }
}
