import TensorCore
import Testing
import VAECore
import VAEEvaluation

/// In the linear Gaussian model x₁ given x₀ has the mean -x₀ / 3: the covariance of the two is -1.5,
/// the variance of x₀ is 4.5, and x₂ tells nothing.
private let cases: [(method: RestorationMethod, copies: Int, tolerance: Double)] = [
  (.optimization(steps: 2000, learningRate: 0.02), 1, 1e-4),
  (.iteration(steps: 60), 4000, 0.05),
]

@Test(arguments: cases.indices)
func aMissingElementBecomesItsExpectationGivenTheOthers(index: Int) throws {
  let (method, copies, tolerance) = cases[index]
  let model = try LinearGaussian(spread: 1).model
  var key = RandomKey(seed: 8)
  for x0 in [-2.0, 1.5] {
    let row = [x0, 77, 0.3]
    let damaged = Tensor((0..<copies).flatMap { _ in row }, shape: [copies, 3])
    let known = Tensor((0..<copies).flatMap { _ in [1.0, 0, 1] }, shape: [copies, 3])
    let restored = model.restore(damaged, known: known, by: method, using: &key)
    let means = (restored.sum(along: 0) * (1 / Double(copies))).doubles
    #expect(abs(means[0] - x0) < 1e-9 && abs(means[2] - 0.3) < 1e-9)
    #expect(abs(means[1] + x0 / 3) < tolerance, "\(means[1]) for \(-x0 / 3)")
  }
}
