import ELBOObjective
import GaussianFamily
import MLPComponents
import OutsideComponent
import TensorCore
import Testing
import VAECore
import VAETraining

/// Points on a noisy circle; every epoch draws its own.
struct Circle: BatchSource {
  let exampleCount = 256
  let batchCount = 4

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<Tensor>> {
    var next = start
    return BatchIterator {
      guard next < batchCount else { return nil }
      defer { next += 1 }
      var key = RandomKey(seed: UInt64(epoch)).folded(with: UInt64(next))
      let angle = Variable(key.uniform([64, 1], high: 2 * Double.pi))
      let points = Variable.concatenated([angle.cos(), angle.sin()], along: 1).value
      return Batch(observations: points + key.normal([64, 2], deviation: 0.05), count: 64)
    }
  }
}

@Test func outsidePartsTrainWithTheTrainer() throws {
  var key = RandomKey(seed: 1)
  let model = try VAE(
    encoder: FourierEncoder(observationShape: [2], waveCount: 8, featureCount: 16, using: &key),
    posterior: DiagonalGaussianPosterior(featureCount: 16, latentCount: 2, using: &key),
    prior: StandardNormalPrior(latentCount: 2),
    decoder: MLPDecoder(latentCount: 2, hidden: [16], parameterShape: [2], using: &key),
    likelihood: LaplaceLikelihood(scale: 0.1))
  var losses: [Double] = []
  try Trainer(TrainingOptions(epochs: 30, optimizer: .adam(learningRate: 0.01)))
    .fit(ELBO(model), training: Circle()) { event in
      if case .epochEnded(let summary) = event { losses.append(summary.monitoredLoss) }
    }
  let (first, last) = (try #require(losses.first), try #require(losses.last))
  #expect(losses.count == 30 && last < first - 5)

  // What was learned lies on the circle: reconstructed points are about as far out as the points.
  let points = try #require(try Circle().batches(epoch: 99, startingAt: 0).next()).observations
  let back = model.reconstruct(points).doubles
  let distances = zip(points.doubles, back).map { abs($0 - $1) }
  #expect(distances.reduce(0, +) / Double(distances.count) < 0.15)
}
