import AggregateDivergences
import BernoulliFamily
import DisentanglingPenalties
import ELBOObjective
import Foundation
import GaussianFamily
import ImageLosses
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore

/// Penalties on cases whose answers are known.
@Suite struct PenaltyOracleTests {
  /// A model whose posteriors are what is observed: means, then log variances.
  private struct Stated: LatentModel {
    typealias Observation = Tensor
    let latentCount: Int

    func callAsFunction(_ x: Tensor?, _ condition: Blank, _ context: inout Context) -> Point {
      let q = x.map {
        DiagonalGaussian(
          mean: Variable($0.sliced(along: 1, 0..<latentCount)),
          logVariance: Variable($0.sliced(along: 1, latentCount..<(2 * latentCount))))
      }
      let prior = StandardNormal(shape: [condition.rowCount, latentCount])
      return Point(context.draw("z", prior: prior, posterior: q))
    }
  }

  private func parts(
    means: Tensor, variance: Double, _ sampling: TotalCorrelation.Sampling
  ) -> (parts: TotalCorrelation.Parts, sites: [Site]) {
    let variances = Tensor(repeating: log(variance), shape: means.shape)
    let model = Stated(latentCount: means.shape[1])
    var context = Context.inference(RandomKey(seed: 5))
    let sites = model.inferCodes(.concatenated([means, variances], along: 1), &context)
    return (TotalCorrelation.Parts(of: sites, sampling, exampleCount: means.shape[0]), sites)
  }

  /// The three parts add up to log q(z | x) - log p(z) of every code.
  @Test(arguments: TotalCorrelation.Sampling.allCases)
  func theKLIsTakenApartWhole(sampling: TotalCorrelation.Sampling) throws {
    var key = RandomKey(seed: 1)
    let (parts, sites) = parts(means: key.normal([40, 5]), variance: 0.3, sampling)
    let sum = (parts.information + parts.correlation + parts.dimensions).value.doubles
    let whole = try zip(
      #require(sites.logPosterior).value.doubles, #require(sites.logPrior).value.doubles
    ).map(-)
    for (a, b) in zip(sum, whole) { #expect(abs(a - b) < 1e-4 * (1 + abs(b))) }
  }

  /// Of independent Gaussian codes there is no total correlation; of a code that stands twice there is -½ log(1 - ρ²).
  @Test(arguments: TotalCorrelation.Sampling.allCases)
  func correlationsAreThoseOfGaussians(sampling: TotalCorrelation.Sampling) {
    var key = RandomKey(seed: 2)
    let (count, variance) = (1500, 0.25)
    let columns = key.normal([count, 2]) * 0.75.squareRoot()
    func mean(_ means: Tensor) -> Double {
      parts(means: means, variance: variance, sampling).parts.correlation.mean().value.item
    }
    #expect(abs(mean(columns)) < 0.03)
    let one = columns.sliced(along: 1, 0..<1)
    let expected = -0.5 * log(1 - 0.75 * 0.75)
    #expect(abs(mean(.concatenated([one, one], along: 1)) - expected) < 0.04)
  }

  /// On 10x10 covariances.
  @Test func covariancesCostWhatTheyShould() {
    let penalty = CovariancePenalty(of: .means, diagonal: 1, offDiagonal: 1)
    let identity = Tensor.oneHot(Tensor((0..<10).map { Int32($0) }, shape: [10]), count: 10)
    let cases: [(Tensor, Double)] = [
      (Tensor(repeating: 1, shape: [10, 10]), 90), (.zeros([10, 10]), 10), (identity, 0),
      (identity * 2, 10),
    ]
    for (covariance, cost) in cases {
      #expect(abs(penalty.cost(of: Variable(covariance)).value.item - cost) < 1e-4)
    }
  }

  @Test(arguments: MaximumMeanDiscrepancy.Kernel.allCases)
  func discrepanciesOfOneLawAreNone(kernel: MaximumMeanDiscrepancy.Kernel) {
    var key = RandomKey(seed: 3)
    let mmd = MaximumMeanDiscrepancy(
      weight: 1, kernel: kernel, scales: MaximumMeanDiscrepancy.manyScales)
    func estimates(shift: Double) -> (mean: Double, error: Double) {
      let all = (0..<40).map { _ in
        let (a, b) = (key.normal([100, 3]), key.normal([100, 3]) + shift)
        return mmd(Variable(a), Variable(b)).value.item
      }
      let mean = all.reduce(0, +) / 40
      let squares = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (mean, (squares / 39 / 40).squareRoot())
    }
    let same = estimates(shift: 0)
    #expect(abs(same.mean) < 4 * same.error)
    let other = estimates(shift: 0.3)
    #expect(other.mean > 10 * other.error)
  }

  /// A sample is at no distance from itself in another order; moved by δ, it is at ‖δ‖² / n on average over directions.
  @Test func slicedDistancesAreThoseOfAShift() {
    var key = RandomKey(seed: 4)
    let codes = key.normal([60, 3])
    let order = key.permutation(count: 60)
    let other = codes.gathered(order, along: 0)
    let drawn = Variable(key.normal([4000, 3]))
    let directions = drawn / drawn.squared().sum(along: 1).squareRoot().expanded(at: 1)
    let penalty = SlicedWasserstein(weight: 1)
    func distance(_ other: Tensor) -> Double {
      penalty.distance(Variable(codes), Variable(other), along: directions).value.item
    }
    #expect(distance(other) < 1e-10)
    let moved = other + Tensor([0.6, -0.3, 1.2] as [Float], shape: [3])
    let expected = (0.36 + 0.09 + 1.44) / 3
    #expect(abs(distance(moved) - expected) < 0.05 * expected)
  }

  /// Directions are unit vectors: codes at one place c are at ‖c‖² / n + 1 from N(0, I).
  @Test func slicedDirectionsHaveLengthOne() {
    let model = Stated(latentCount: 4)
    let count = 2000
    let means = Tensor(
      (0..<count).flatMap { _ in [3, 0, -4, 0, -40, -40, -40, -40] as [Float] }, shape: [count, 8])
    var context = Context.inference(RandomKey(seed: 8))
    let output = model.infer(means, &context)
    let walk = Walk(model, of: means, output: output, cost: nil, context)
    let charge = SlicedWasserstein(weight: 2, directionCount: 3000).charge(for: walk, &context)
    #expect(abs(charge.total.value.item - 2 * (25.0 / 4 + 1)) < 0.5)
  }

  /// The KL of a model that is trained towards a capacity comes to it.
  @Test func capacitiesAreReached() throws {
    var key = RandomKey(seed: 6)
    let model = try VAE(
      encoder: MLPEncoder(observationShape: [6, 1, 1], hidden: [16], using: &key),
      posterior: DiagonalGaussianPosterior(featureCount: 16, latentCount: 2, using: &key),
      prior: StandardNormalPrior(latentCount: 2),
      decoder: MLPDecoder(latentCount: 2, hidden: [16], parameterShape: [6, 1, 1], using: &key),
      likelihood: BernoulliLikelihood())
    let objective = try ELBO(
      model, klWeight: .constant(200), capacity: Capacity(1.3, steps: 100))
    let x = key.bernoulli(Tensor(repeating: 0.5, shape: [64, 6, 1, 1]))
    var last = 0.0
    for step in 0..<400 {
      var context = Context.training(key.split())
      context.enter(step: step, of: objective)
      let loss = objective.loss(on: Batch(observations: x, count: 64), &context)
      let parameters = model.trainableParameters
      for (parameter, slope) in zip(parameters, loss.total.gradient(withRespectTo: parameters)) {
        guard let slope else { continue }
        // Signs alone, ever smaller: |KL - C| has no small slope near its end.
        let sign = (Variable(slope) / (Variable(slope).absolute() + 1e-12)).value
        parameter.value = parameter.value - sign * (0.01 * (1 - Double(step) / 400))
      }
      last = try #require(loss.terms.first { $0.key == "kl" }).value.mean().item
    }
    #expect(abs(last - 1.3) < 0.05)
  }

  /// So many scales are looked at as the window fits into, the paper's first ones scaled to add up to one.
  @Test(arguments: [(28, 2), (44, 3), (21, 2), (20, 1), (176, 5)])
  func scalesAreThoseThatFit(side: Int, count: Int) {
    var key = RandomKey(seed: 9)
    let a = key.uniform([1, side, side, 1])
    let b = a + key.normal([1, side, side, 1]) * 0.2
    let all = StructuralSimilarity()(Variable(a), Variable(b)).value.item
    let first = StructuralSimilarity.fiveScales.prefix(count).map { $0 * 7 }
    let some = StructuralSimilarity(scales: first)(Variable(a), Variable(b)).value.item
    let fewer = StructuralSimilarity(scales: [1])(Variable(a), Variable(b)).value.item
    #expect(abs(all - some) < 1e-5 && (count == 1 || abs(all - fewer) > 1e-3))
  }

  @Test func imagesAreLikeThemselves() {
    var key = RandomKey(seed: 7)
    let similarity = StructuralSimilarity()
    for shape in [[2, 28, 28, 1], [2, 9, 40, 3], [2, 5, 5, 1]] as [Shape] {
      let image = Variable(key.uniform(shape))
      #expect(similarity(image, image).value.floats.allSatisfy { abs($0 - 1) < 1e-4 })
      let other = similarity(image, Variable(key.uniform(shape))).value.floats
      #expect(other.allSatisfy { $0 < 0.7 })
    }
  }
}
