import Foundation
public import TensorCore

extension Tensor {
  /// Sines and cosines that tell the places of steps apart: `[positions.count, width]`.
  ///
  /// Element 2i of place p is sin(p / 10000^(2i / width)), element 2i + 1 the cosine.
  ///
  /// - Source: Vaswani et al., arXiv:1706.03762, section 3.5.
  public static func sinusoidalPositions(
    _ positions: Range<Int>, width: Int, dtype: DType = .float32
  ) -> Tensor {
    let values = positions.flatMap { place in
      (0..<width).map { i in
        let angle = Double(place) / pow(10_000, Double(i - i % 2) / Double(width))
        return i % 2 == 0 ? sin(angle) : cos(angle)
      }
    }
    return Tensor(values, shape: [positions.count, width]).converted(to: dtype)
  }
}
