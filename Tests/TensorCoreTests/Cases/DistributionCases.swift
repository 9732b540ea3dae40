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
        "reparameterization: with the divergence, \(shape)",
        [.real(shape), .real(shape), .constant(.real, shape)]
      ) { both($0) },
      PrimitiveCase(
        "reparameterization: beside the divergence, \(shape)",
        [.real(shape), .real(shape), .constant(.real, shape)]
      ) { $0[0].reparameterizedWithDivergence(logVariance: $0[1], noise: $0[2].value).sample },
      PrimitiveCase(
        "divergence from the standard normal: beside a sample, \(shape)",
        [.real(shape), .real(shape), .constant(.real, shape)]
      ) { $0[0].reparameterizedWithDivergence(logVariance: $0[1], noise: $0[2].value).divergence },
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

  /// A sample and its divergence side by side: `[batch, width + 1]`.
  static func both(_ inputs: [Variable]) -> Variable {
    let (sample, divergence) = inputs[0].reparameterizedWithDivergence(
      logVariance: inputs[1], noise: inputs[2].value)
    return .concatenated([sample.flattenedPerExample(), divergence.expanded(at: -1)], along: 1)
  }
}
