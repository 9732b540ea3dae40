import BernoulliFamily
import Foundation
import GaussianFamily
import Layers
import TensorCore
import Testing
import VAECore

@Suite struct LikelihoodTests {
  @Test(arguments: [-0.01, 1.5, 255, Double.nan, .infinity])
  func bernoulliRefusesWhatIsNoProbability(value: Double) {
    var pixels = [Float](repeating: 0.5, count: 100)
    pixels[61] = Float(value)
    #expect {
      try BernoulliLikelihood().validate(Tensor(pixels, shape: [10, 10]))
    } throws: { error in
      let shown = value.isFinite ? "\(Double(Float(value)))" : "NaN or infinity"
      return "\(error)".contains("observations in [0, 1], but the data holds \(shown);")
    }
    #expect(throws: Never.self) {
      try BernoulliLikelihood().validate(Tensor([0, 1, 0.5] as [Float], shape: [3]))
      try BernoulliLikelihood().validate(.zeros([0, 3]))
    }
  }

  /// A decoder that hits an element exactly gains no more than the floor allows.
  @Test func aLearnedScaleDoesNotRunAway() throws {
    let floor = 0.05
    let likelihood = GaussianLikelihood(scale: .perElement, floor: floor)
    var context = Context.inference()
    let most = -log(floor) - 0.5 * log(2 * Double.pi)
    var last = -Double.infinity
    for raw in [0.0, -3, -10, -1000] {
      let parameters = Variable(Tensor([0.5, Float(raw)], shape: [1, 2]))
      let x = Tensor([0.5 as Float], shape: [1, 1])
      let seen = try #require(likelihood.logProbability(of: x, given: parameters, &context)).value
        .item
      #expect(seen >= last && seen <= most + 1e-4)
      last = seen
    }
    #expect(abs(last - most) < 1e-4)
  }

  @Test func aSharedScaleStartsWhereItIsTold() {
    let likelihood = GaussianLikelihood(scale: .shared(initial: 0.5))
    var key = RandomKey(seed: 3)
    let sample = likelihood.sample(given: .zeros([20_000, 1]), using: &key).doubles
    let deviation = (sample.reduce(0) { $0 + $1 * $1 } / Double(sample.count)).squareRoot()
    #expect(abs(deviation - 0.5) < 0.01)
    #expect(likelihood.namedParameters.map(\.name) == ["scale"])
    #expect(GaussianLikelihood().namedParameters.isEmpty)
  }

  /// The first step's error is the scale at once; inference neither moves nor sees another.
  @Test func aCalibratedScaleIsTheErrorOfTraining() throws {
    let likelihood = GaussianLikelihood(scale: .calibrated(initial: 7))
    let x = Tensor([0, 1, 2, 3] as [Float], shape: [2, 2])
    let mean = Variable(Tensor([0, 0, 1, 5] as [Float], shape: [2, 2]))
    var training = Context.training(RandomKey(seed: 1))
    training.enter(step: 0, of: likelihood)
    let seen = try #require(likelihood.logProbability(of: x, given: mean, &training)).value.doubles
    let variance = (0 + 1 + 1 + 4) / 4.0
    let constant = Foundation.log(2 * Double.pi * variance)
    #expect(abs(seen[0] + 0.5 / variance + constant) < 1e-5)
    #expect(abs(seen[1] + 2.5 / variance + constant) < 1e-5)

    let buffer = try #require(likelihood.namedParameters.first)
    #expect(buffer.name == "variance" && !buffer.parameter.isTrainable)
    #expect(buffer.parameter.value.doubles == [variance])
    var inference = Context.inference()
    _ = likelihood.logProbability(of: x, given: mean * 3, &inference)
    #expect(buffer.parameter.value.doubles == [variance])

    // A later step counts a twentieth.
    training.enter(step: 500, of: likelihood)
    _ = likelihood.logProbability(of: x, given: Variable(x), &training)
    #expect(abs(buffer.parameter.value.item - variance * 0.95) < 1e-6)
  }

  /// What fills shorter sequences up has no part in the scale.
  @Test func aCalibratedScaleLooksAtRealFramesAlone() throws {
    let likelihood = PerFrame(GaussianLikelihood(scale: .calibrated(initial: 1)))
    let x = Sequences(values: Tensor([3, 1, 1, 0] as [Float], shape: [2, 2, 1]), lengths: [2, 1])
    var training = Context.training(RandomKey(seed: 1))
    training.enter(step: 0, of: likelihood)
    let means = Tensor([1, 1, 1, 100] as [Float], shape: [2, 2, 1])
    _ = likelihood.logProbability(of: x, given: Variable(means), &training)
    let variance = try #require(likelihood.namedParameters.first).parameter.value.item
    #expect(abs(variance - 4 / 3) < 1e-6)
  }

  /// Half the squared error and a constant, as every framework's Gaussian loss.
  @Test func aFixedScaleOfOneIsHalfTheSquaredError() throws {
    let x = Tensor([0, 1, 2, 3] as [Float], shape: [2, 2])
    let mean = Variable(Tensor([0, 0, 1, 5] as [Float], shape: [2, 2]))
    var context = Context.inference()
    let log = try #require(GaussianLikelihood().logProbability(of: x, given: mean, &context)).value
      .doubles
    let constant = Foundation.log(2 * Double.pi)
    #expect(abs(log[0] + 0.5 + constant) < 1e-5 && abs(log[1] + 2.5 + constant) < 1e-5)
  }
}
