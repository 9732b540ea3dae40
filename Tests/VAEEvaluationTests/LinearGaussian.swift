import GaussianFamily
import Layers
import TensorCore
import VAECore

/// A model whose log p(x) is known: z ~ N(0, I), x = W z + noise of deviation s, with orthogonal
/// columns in W.
///
/// The exact posterior is then diagonal; `spread` multiplies its deviation.
struct LinearGaussian {
  static let weight: [[Double]] = [[2, 0.5], [-1, 1], [0, 0]]  // columns 0 and 1 are orthogonal
  static let noise = 0.5
  let spread: Double

  var model: some LatentModel<Tensor> {
    get throws {
      try VAE(
        encoder: Project(), posterior: Exact(spread: spread),
        prior: StandardNormalPrior(latentCount: 2), decoder: Mix(), likelihood: Noise())
    }
  }

  /// log N(x; 0, W Wᵀ + s² I), through the determinant lemma and the Woodbury identity for
  /// orthogonal columns.
  static func logProbability(of x: [Double]) -> Double {
    let s2 = noise * noise
    var (square, logDeterminant) = (x.reduce(0) { $0 + $1 * $1 } / s2, 3 * log(s2))
    for column in 0..<2 {
      let norm = weight.reduce(0) { $0 + $1[column] * $1[column] }
      let inner = zip(weight, x).reduce(0) { $0 + $1.0[column] * $1.1 }
      square -= inner * inner / s2 / (norm + s2)
      logDeterminant += log(1 + norm / s2)
    }
    return -0.5 * (square + logDeterminant + 3 * log(2 * Double.pi))
  }

  private static func log(_ x: Double) -> Double {
    Variable(Tensor([x], shape: [1])).log().value.item
  }

  /// Wᵀ x.
  private struct Project: Encoder {
    let observationShape: Shape = [3]
    let featureCount = 2
    func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
      x.matmul(Variable(Tensor(weight.flatMap { $0 }, shape: [3, 2])))
    }
  }

  private struct Exact: Posterior {
    let spread: Double
    let featureCount = 2
    let latentCount = 2
    func callAsFunction(_ features: Variable, _ context: inout Context) -> DiagonalGaussian {
      let s2 = noise * noise
      let norms = (0..<2).map { column in weight.reduce(0) { $0 + $1[column] * $1[column] } }
      let variances = norms.map { s2 / ($0 + s2) * spread * spread }
      let scale = Tensor(norms.map { 1 / ($0 + s2) }, shape: [1, 2])
      let rows = Tensor(repeating: 0, shape: features.shape, dtype: .float64)
      return DiagonalGaussian(
        mean: features * Variable(scale),
        logVariance: Variable(rows) + Variable(Tensor(variances, shape: [1, 2])).log())
    }
  }

  private struct Mix: Decoder {
    let latentCount = 2
    let parameterShape: Shape = [3]
    func callAsFunction(_ codes: Variable, _ context: inout Context) -> Variable {
      codes.matmul(Variable(Tensor(weight.flatMap { $0 }, shape: [3, 2]).transposed([1, 0])))
    }
  }

  private struct Noise: Likelihood {
    typealias Observation = Tensor
    func parameterShape(forObservation shape: Shape) -> Shape { shape }
    func callAsFunction(_ mean: Variable, _ context: inout Context) -> DiagonalGaussian {
      DiagonalGaussian(
        mean: mean,
        logVariance: Variable(
          Tensor(repeating: log(noise * noise), shape: mean.shape, dtype: .float64)))
    }
  }
}

/// Observations already in memory, in their order, in batches of which the last may be short.
struct ListedRows: BatchSource {
  let values: [[Double]]
  let batchSize: Int
  var exampleCount: Int { values.count }
  var batchCount: Int { (values.count + batchSize - 1) / batchSize }

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<Tensor>> {
    var at = start * batchSize
    return BatchIterator {
      let rows = values[at..<min(at + batchSize, values.count)]
      guard !rows.isEmpty else { return nil }
      at += rows.count
      return Batch(
        observations: Tensor(rows.flatMap { $0 }, shape: [rows.count, 3]), count: rows.count)
    }
  }
}
