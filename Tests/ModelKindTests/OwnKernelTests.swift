import BernoulliFamily
import Foundation
import GaussianFamily
import Layers
import MLPComponents
import TensorCore
import Testing
import VAECore
import VAETestKit

// A loop of one's own in the middle of a model: recorded, replayed and trained like any other.

/// sin x, and its pullback g cos x.
private struct Wave: CustomKernel {
  let isPullback: Bool

  func run(_ operands: KernelOperands) {
    switch operands.dtype(ofInput: 0) {
    case .float64: run(operands, as: Double.self)
    default: run(operands, as: Float.self)
    }
  }

  private func run<T: TensorElement & BinaryFloatingPoint>(
    _ operands: KernelOperands, as type: T.Type
  ) {
    let (x, y) = (operands.input(0, as: T.self), operands.output(0, as: T.self))
    for i in x.indices {
      y[i] =
        isPullback
        ? operands.input(1, as: T.self)[i] * T(cos(Double(x[i]))) : T(sin(Double(x[i])))
    }
  }
}

extension Variable {
  fileprivate func wave() -> Variable {
    let x = value
    func run(_ isPullback: Bool, _ inputs: [Tensor]) -> Tensor {
      Tensor(shape: x.shape, dtype: x.dtype, by: Wave(isPullback: isPullback), reading: inputs)
    }
    return Variable(run(false, [x]), inputs: [self], name: "wave") { g in [run(true, [x, g])] }
  }
}

/// Dense layers with waves between them.
private struct WaveEncoder: Encoder {
  let observationShape: Shape
  let featureCount = 16
  let first, second: Dense

  init(observationShape: Shape, using key: inout RandomKey) {
    self.observationShape = observationShape
    first = Dense(observationShape.count, 24, using: &key)
    second = Dense(24, 16, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["first": first, "second": second] }

  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    second(first(x.flattenedPerExample(), &context).wave(), &context)
  }
}

@Suite struct OwnKernelTests {
  @Test(arguments: EncoderLaw.allCases) func obeys(law: EncoderLaw) throws {
    try law.check { WaveEncoder(observationShape: [3, 2, 1], using: &$0) }
  }

  @Test func trains() throws {
    func make() throws -> some Objective<Batch<Tensor>> {
      var key = RandomKey(seed: 1)
      let plain = try gaussianVAE()
      return Bound(
        model: try VAE(
          encoder: WaveEncoder(observationShape: Boxes.shape, using: &key),
          posterior: DiagonalGaussianPosterior(featureCount: 16, latentCount: 4, using: &key),
          prior: plain.prior, decoder: plain.decoder, likelihood: plain.likelihood))
    }
    expectRise(try train(on: Boxes(), make))
  }
}
