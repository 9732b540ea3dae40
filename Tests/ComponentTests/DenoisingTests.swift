import BernoulliFamily
import ELBOObjective
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

private let corruptions: [Corruption] = [
  .noise(deviation: 0.4), .masking(rate: 0.3), .blur(deviation: 1.2),
]

@Test(arguments: ObjectiveLaw.allCases, corruptions)
func denoising(obeys law: ObjectiveLaw, corruption: Corruption) throws {
  let weight = KLWeight.linear(to: 2, steps: 8)
  try law.check(observations: { $1.uniform([$0, 5, 3, 2]) }, klWeight: { weight(at: $0) }) {
    Denoising(ELBO(try model(using: &$0), klWeight: weight), corruption: corruption)
  }
}

@Test func noiseHasItsDeviation() {
  var key = RandomKey(seed: 2)
  let x = Tensor(repeating: 0.5, shape: [50, 20, 20, 1])
  let noise = Corruption.noise(deviation: 0.3)(x, using: &key) - x
  let count = Double(x.count)
  #expect(abs(noise.sum().item / count) < 0.01)
  #expect(abs(((noise * noise).sum().item / count).squareRoot() - 0.3) < 0.01)
}

@Test func maskingTakesWholePixels() {
  var key = RandomKey(seed: 3)
  let values = Corruption.masking(rate: 0.25)(
    Tensor(repeating: 1, shape: [40, 10, 10, 3]), using: &key
  ).floats
  let pixels = stride(from: 0, to: values.count, by: 3).map { Array(values[$0..<($0 + 3)]) }
  #expect(pixels.allSatisfy { $0 == [0, 0, 0] || $0 == [1, 1, 1] })
  let share = Double(pixels.count { $0[0] == 0 }) / Double(pixels.count)
  #expect(abs(share - 0.25) < 0.03)
}

/// Against scipy.ndimage.gaussian_filter1d(x, 1, mode="nearest", truncate=3).
@Test func blurIsAGaussianAlongBothAxes() {
  var key = RandomKey(seed: 4)
  let expected: [Float] = [
    0.69952514, 0.30047486, 0.05843863, 0.00443305, 0,
  ]
  let edge = Tensor([1, 0, 0, 0, 0] as [Float], shape: [1, 1, 5, 1])
  for x in [edge, edge.reshaped(to: [1, 5, 1, 1])] {
    let blurred = Corruption.blur(deviation: 1)(x, using: &key).floats
    #expect(zip(blurred, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(blurred)")
  }
}

/// Codes are those of damaged observations while training, and of clean ones otherwise; what is told is clean.
@Test func damageIsSeenInTrainingAlone() throws {
  var key = RandomKey(seed: 6)
  let model = try model(using: &key)
  let clean = Batch(observations: key.uniform([4, 5, 3, 2]), count: 4)
  func terms(_ objective: some Objective<Batch<Tensor>>, _ context: Context) -> [[Double]] {
    var context = context
    return objective.loss(on: clean, &context).terms.map(\.value.doubles)
  }
  let damaged = Denoising(ELBO(model), corruption: .noise(deviation: 2))
  let (using, training) = (Context.inference(key), Context.training(key))
  #expect(terms(damaged, using) == terms(ELBO(model), using))
  let (seen, plain) = (terms(damaged, training), terms(ELBO(model), training))
  #expect(zip(seen[1], plain[1]).contains { abs($0 - $1) > 1e-3 }, "the KL is of other codes")
  var told = training
  let x = Corruption.noise(deviation: 2)(clean.observations, using: &told.key)
  let expected = ELBO(model).loss(of: clean.observations, seeing: x, &told)
  #expect(seen == expected.terms.map(\.value.doubles))
}

@Test func blurWantsImages() throws {
  var key = RandomKey(seed: 5)
  let objective = Denoising(
    ELBO(try model(using: &key)), corruption: .blur(deviation: 1))
  #expect(throws: ObservationError.self) {
    try objective.validate(Batch(observations: .zeros([2, 30]), count: 2))
  }
}

private func model(
  using key: inout RandomKey
) throws -> VAE<
  MLPEncoder, DiagonalGaussianPosterior, StandardNormalPrior, MLPDecoder, BernoulliLikelihood
> {
  try VAE(
    encoder: MLPEncoder(observationShape: [5, 3, 2], hidden: [6], activation: .tanh, using: &key),
    posterior: DiagonalGaussianPosterior(featureCount: 6, latentCount: 2, using: &key),
    prior: StandardNormalPrior(latentCount: 2),
    decoder: MLPDecoder(
      latentCount: 2, hidden: [6], parameterShape: [5, 3, 2], activation: .tanh, using: &key),
    likelihood: BernoulliLikelihood())
}
