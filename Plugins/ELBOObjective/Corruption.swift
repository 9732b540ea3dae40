public import TensorCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How observations are damaged before an encoder sees them.
public enum Corruption: Sendable, Hashable {
  /// Gaussian noise of this standard deviation is added to every element.
  case noise(deviation: Double)
  /// Each pixel, all its channels together, becomes zero with this probability.
  case masking(rate: Double)
  /// Images are blurred by a Gaussian of this standard deviation, in pixels; edges are repeated.
  case blur(deviation: Double)

  /// Observations `[batch, ...]` damaged; blur wants images `[batch, height, width, channels]`.
  public func callAsFunction(_ x: Tensor, using key: inout RandomKey) -> Tensor {
    switch self {
    case .noise(let deviation):
      return x + key.normal(x.shape, deviation: deviation, dtype: x.dtype)
    case .masking(let rate):
      var pixels = x.shape
      if pixels.rank == 4 { pixels[-1] = 1 }
      return x * key.bernoulli(Tensor(repeating: 1 - rate, shape: pixels, dtype: x.dtype))
    case .blur(let deviation):
      precondition(x.shape.rank == 4, "blur wants images, not observations \(x.shape.dropFirst())")
      let (count, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
      let down = Self.blurring(height, deviation, x.dtype)
        .matmul(x.reshaped(to: [count, height, width * channels]))
      return Self.blurring(width, deviation, x.dtype)
        .matmul(down.reshaped(to: [count * height, width, channels])).reshaped(to: x.shape)
    }
  }

  /// The matrix `[size, size]` that blurs along one axis; its rows add up to one.
  private static func blurring(_ size: Int, _ deviation: Double, _ dtype: DType) -> Tensor {
    let reach = max(1, Int((3 * deviation).rounded(.up)))
    let weights = (-reach...reach).map { exp(-0.5 * Double($0 * $0) / (deviation * deviation)) }
    let total = weights.reduce(0, +)
    var matrix = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for (step, weight) in zip(-reach...reach, weights) {
        let column = min(max(row + step, 0), size - 1)
        matrix[row * size + column] += weight / total
      }
    }
    return Tensor(matrix.map(Float.init), shape: [size, size]).converted(to: dtype)
  }
}
