import TensorCore
import Testing

/// Results that the next product reads in bfloat16 are rounded by the kernel that makes them, once all is recorded.
@Suite struct RoundedResultTests {
  private static let chains = [
    PrimitiveCase(
      "dense layers", [.real([33, 20]), .real([16, 20]), .real([16]), .real([7, 16])]
    ) { x in
      x[0].linear(x[1], bias: x[2], activation: .relu).linear(x[3], bias: nil, activation: .tanh)
    },
    PrimitiveCase(
      "batch normalization between convolutions",
      [
        .real([5, 9, 9, 3]), .real([8, 3, 3, 3]), .positive([8]), .real([8]), .real([16, 8, 3, 3]),
        .real([16, 4, 2, 2]), .real([4]),
      ]
    ) { x in
      x[0].convolved(x[1], bias: nil, window: Window(stride: 2))
        .batchNormalized(scale: x[2], shift: x[3], activation: .leakyReLU(slope: 0.1)).value
        .convolved(x[4], bias: nil, window: Window(stride: 1), activation: .relu)
        .transposeConvolved(x[5], bias: x[6], window: Window(stride: 2), activation: .relu)
    },
  ]

  @Test(arguments: chains) func castsFoldIntoWhatTheyRound(_ chain: PrimitiveCase) {
    let values = chain.draw().map { $0.converted(to: .float32) }
    let seed = Tensor(repeating: 0.5, shape: chain.result(of: values).shape)
    func run(_ execution: PrimitiveCase.Execution) -> (PrimitiveCase.Outcome, casts: Int) {
      let profile = Profile()
      let outcome = profile.watch {
        chain.outcome(of: values, seed: seed, precision: .bfloat16, execution)
      }
      return (outcome, profile.entries.count { $0.name == "cast" })
    }
    let (written, casts) = run(.asWritten)
    let (captured, allCasts) = run(.captured)
    #expect(captured.result == written.result)
    #expect(captured.gradients == written.gradients)
    // A capture draws other inputs in float64, runs twice as it is written, and then once alone: it rounds what comes from
    // outside.
    let outside = chain.inputs.count { $0.shape.rank > 1 }
    #expect(casts > outside)
    #expect(allCasts == chain.inputs.count + 2 * casts + outside)
  }
}
