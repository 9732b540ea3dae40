/// A symmetric matrix in double precision, for the small ones that statistics of codes need.
struct SymmetricMatrix {
  private var values: [Double]
  private let width: Int

  /// A matrix of `width` rows, row-major, with a constant added to its diagonal.
  init(_ values: [Double], width: Int, addingToDiagonal constant: Double = 0) {
    self.values = values
    self.width = width
    for i in 0..<width { self.values[i * width + i] += constant }
  }

  /// The inverse of L in the decomposition L Lᵀ of this positive matrix, lower triangular.
  ///
  /// A pivot that rounding has made no greater than 0 is replaced by a tiny one.
  func inverseCholesky() -> [Double] {
    var lower = [Double](repeating: 0, count: width * width)
    var inverse = lower
    for row in 0..<width {
      for column in 0...row {
        var sum = values[row * width + column]
        for k in 0..<column { sum -= lower[row * width + k] * lower[column * width + k] }
        lower[row * width + column] =
          row == column ? max(sum, 1e-300).squareRoot() : sum / lower[column * width + column]
      }
      let pivot = lower[row * width + row]
      inverse[row * width + row] = 1 / pivot
      for column in 0..<row {
        var sum = 0.0
        for k in column..<row { sum += lower[row * width + k] * inverse[k * width + column] }
        inverse[row * width + column] = -sum / pivot
      }
    }
    return inverse
  }

  /// Eigenvalues, largest first, and their unit eigenvectors as rows.
  ///
  /// - Source: Jacobi's method with cyclic sweeps; Golub and Van Loan, "Matrix Computations",
  ///   section 8.5.
  func eigenvectors() -> [(value: Double, vector: [Double])] {
    var a = values
    var vectors = [Double](repeating: 0, count: width * width)
    for i in 0..<width { vectors[i * width + i] = 1 }
    let scale = a.reduce(0) { $0 + $1 * $1 }
    for _ in 0..<60 {
      var outside = 0.0
      for p in 0..<width {
        for q in 0..<p { outside += a[p * width + q] * a[p * width + q] }
      }
      if outside <= scale * 1e-30 { break }
      for p in 0..<width {
        for q in (p + 1)..<max(p + 1, width) where a[p * width + q] != 0 {
          Self.rotate(&a, &vectors, p, q, width)
        }
      }
    }
    return (0..<width).map { i in
      (a[i * width + i], Array(vectors[(i * width)..<((i + 1) * width)]))
    }.sorted { $0.value > $1.value }
  }

  /// Makes element (p, q) zero by a rotation of axes p and q.
  private static func rotate(
    _ a: inout [Double], _ vectors: inout [Double], _ p: Int, _ q: Int, _ n: Int
  ) {
    let theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
    let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
    let c = 1 / (t * t + 1).squareRoot()
    let s = t * c
    func turn(_ m: inout [Double], _ i: Int, _ j: Int) {
      (m[i], m[j]) = (c * m[i] - s * m[j], s * m[i] + c * m[j])
    }
    for k in 0..<n { turn(&a, k * n + p, k * n + q) }
    for k in 0..<n {
      turn(&a, p * n + k, q * n + k)
      turn(&vectors, p * n + k, q * n + k)
    }
  }
}
