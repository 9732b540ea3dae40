internal import CTensorKernels

// Small matrices, many at a time: `[..., n, n]`.

extension Variable {
  /// The lower triangular matrices l with l lᵀ = this: NaN where a matrix is not positive definite.
  ///
  /// The lower triangles are read, and the gradient is theirs.
  ///
  /// - Source: the pullback is Murray's, "Differentiation of the Cholesky decomposition", arXiv:1602.07527.
  public func cholesky() -> Variable {
    let size = requireSquare()
    let kernel = Factor(dtype: dtype.kernel, batch: size.batch, n: size.n)
    return Variable(
      Tensor(shape, dtype, by: kernel, value), inputs: [self],
      differentiablePullback: { g, _, l in
        let inner = l.matmul(g, transposeSelf: true).lowerTriangle(diagonal: 0.5)
        let left = l.solvingTriangle(inner, transposed: true)
        let both = l.solvingTriangle(left.matrixTransposed(), transposed: true)
        return [(both + both.matrixTransposed()).lowerTriangle(diagonal: 0.5)]
      })
  }

  /// x with l x = b, or with lᵀ x = b where `transposed`, for these lower triangular l `[..., n, n]` and b `[..., n, m]`.
  ///
  /// What stands above the diagonals is not read.
  public func solvingTriangle(_ b: Variable, transposed: Bool = false) -> Variable {
    let size = requireSquare()
    precondition(
      b.shape.rank == shape.rank && b.shape.dimensions.dropLast() == shape.dimensions.dropLast(),
      "\(shape) solves no \(b.shape)")
    b.requireFormat(of: self)
    let solve = TriangularSolve(
      dtype: dtype.kernel, batch: size.batch, n: size.n, m: Int64(b.shape[-1]),
      transposed: transposed)
    return Variable(
      Tensor(b.shape, dtype, by: solve, value, b.value), inputs: [self, b],
      differentiablePullback: { g, inputs, x in
        let byB = inputs[0].solvingTriangle(g, transposed: !transposed)
        let byL =
          transposed
          ? x.matmul(byB, transposeOther: true) : byB.matmul(x, transposeOther: true)
        return [-byL.lowerTriangle(diagonal: 1), byB]
      })
  }

  /// The inverse matrices, by elimination with pivots; not finite where a matrix is singular.
  public func inverse() -> Variable {
    Variable(
      value.inverse().inverse, inputs: [self],
      differentiablePullback: { g, _, y in
        [-y.matmul(g, transposeSelf: true).matmul(y, transposeOther: true)]
      })
  }

  /// log |det| of each matrix, `[...]`: minus infinity where one is singular.
  ///
  /// Of a covariance whose ``cholesky()`` l is at hand it is twice the sum of the logarithms of l's ``diagonal()``.
  public func logAbsoluteDeterminant() -> Variable {
    Variable(
      value.inverse().logDeterminant, inputs: [self],
      differentiablePullback: { g, inputs, _ in
        [inputs[0].inverse().matrixTransposed() * g.expanded(at: -1).expanded(at: -1)]
      })
  }

  /// The diagonals of matrices: `[..., n]`.
  public func diagonal() -> Variable {
    let (lead, n) = (shape.dimensions.dropLast(2), requireSquare().n)
    let places = Tensor((0..<Int(n)).map { $0 * (Int(n) + 1) }, shape: [Int(n)])
    return reshaped(to: lead + [Int(n * n)]).gathered(places, along: -1)
  }

  /// The matrices without what stands above the diagonal, which is multiplied by a factor.
  public func lowerTriangle(diagonal factor: Double = 1) -> Variable {
    let n = Int(requireSquare().n)
    let mask = (0..<n * n).map { $0 / n > $0 % n ? 1 : $0 / n == $0 % n ? factor : 0 }
    return self * Variable(Tensor(mask, shape: [n, n]).converted(to: dtype))
  }

  /// Matrices with rows and columns exchanged.
  public func matrixTransposed() -> Variable {
    precondition(shape.rank >= 2, "\(shape) is no matrix")
    var order = Array(0..<shape.rank)
    order.swapAt(shape.rank - 1, shape.rank - 2)
    return transposed(order)
  }

  private func requireSquare() -> (batch: Int64, n: Int64) { value.requireSquare() }
}

extension Tensor {
  fileprivate func requireSquare() -> (batch: Int64, n: Int64) {
    precondition(shape.rank >= 2 && shape[-1] == shape[-2], "\(shape) are no square matrices")
    return (Int64(shape.dimensions.dropLast(2).reduce(1, *)), Int64(shape[-1]))
  }

  fileprivate func inverse() -> (inverse: Tensor, logDeterminant: Tensor) {
    let size = requireSquare()
    let inverse = Tensor(unwritten: shape, dtype)
    let logDeterminant = Tensor(unwritten: Shape(shape.dimensions.dropLast(2)), dtype)
    launch(
      Inverse(dtype: dtype.kernel, batch: size.batch, n: size.n), reading: [self],
      writing: [inverse, logDeterminant])
    return (inverse, logDeterminant)
  }
}

// MARK: - Kernels

private struct Factor: Kernel {
  let dtype: vae_dtype
  let batch, n: Int64
  var name: String { "cholesky" }

  func run(_ memory: Operands) { vae_cholesky(dtype, batch, n, memory[0], memory[1]) }
}

private struct TriangularSolve: Kernel {
  let dtype: vae_dtype
  let batch, n, m: Int64
  let transposed: Bool
  var name: String { "triangular solve" }

  func run(_ memory: Operands) {
    vae_triangular_solve(
      dtype, batch, n, m, transposed ? 1 : 0, memory[0], memory[1], memory[2])
  }
}

private struct Inverse: Kernel {
  let dtype: vae_dtype
  let batch, n: Int64
  var name: String { "inverse" }

  func run(_ memory: Operands) { vae_inverse(dtype, batch, n, memory[0], memory[1], memory[2]) }
}
