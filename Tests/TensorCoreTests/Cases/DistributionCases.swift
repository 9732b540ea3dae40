import TensorCore

extension PrimitiveCase {
  static let distributions: [PrimitiveCase] = [[1, 1], [3, 17], [2, 3, 2, 1], [0, 3]].flatMap {
    (shape: Shape) in
    [
      PrimitiveCase(
        "Bernoulli log probability: \(shape)", [.real(shape), .constant(.probability, shape)]
      ) { $0[0].bernoulliLogProbability(of: $0[1].value) },
      PrimitiveCase(
        "reparameterization: \(shape)", [.real(shape), .real(shape), .constant(.real, shape)]
      ) { $0[0].reparameterized(logVariance: $0[1], noise: $0[2].value) },
      PrimitiveCase("divergence from the standard normal: \(shape)", [.real(shape), .real(shape)]) {
        $0[0].gaussianDivergenceFromStandard(logVariance: $0[1])
      },
      PrimitiveCase(
        "Gaussian log probability: \(shape), a scale for each",
        [.real(shape), .real(shape), .constant(.real, shape)]
      ) { $0[0].gaussianLogProbability(of: $0[2].value, logScale: $0[1]) },
      PrimitiveCase(
        "Gaussian log probability: \(shape), one scale",
        [.real(shape), .real([1]), .constant(.real, shape)]
      ) { $0[0].gaussianLogProbability(of: $0[2].value, logScale: $0[1]) },
    ]
  }
}
