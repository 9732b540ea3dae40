import Layers
import TensorCore
import Testing

@Suite struct SequenceLayerTests {
  /// What a row holds, whatever stands beside it and behind it; products of more rows may round
  /// otherwise.
  @Test(arguments: RecurrentCell.allCases, [1, 2])
  func recurrentRowsAreTheirOwn(cell: RecurrentCell, layers: Int) {
    var key = RandomKey(seed: 3)
    let layer = Recurrent(cell, 3, 4, layerCount: layers, isBidirectional: true, using: &key)
    let x = key.normal([3, 5, 3]), lengths = [2, 5, 3]
    var context = Context.inference()
    let (all, final) = layer(Variable(x), lengths: lengths, &context)
    for (row, length) in lengths.enumerated() {
      let own = x.sliced(along: 0, row..<(row + 1)).sliced(along: 1, 0..<length)
      let (y, state) = layer(Variable(own), lengths: [length], &context)
      let part = all.value.sliced(along: 0, row..<(row + 1))
      #expect(largestDifference(part.sliced(along: 1, 0..<length), y.value) < 1e-6)
      #expect(part.sliced(along: 1, length..<5).doubles.allSatisfy { $0 == 0 })
      for (whole, alone) in zip(final, state) {
        let own = whole.value.sliced(along: 0, row..<(row + 1))
        #expect(largestDifference(own, alone.value) < 1e-6)
      }
    }
  }

  @Test(arguments: RecurrentCell.allCases) func stepsMakeTheSequence(cell: RecurrentCell) {
    var key = RandomKey(seed: 4)
    let layer = Recurrent(cell, 3, 4, layerCount: 2, using: &key)
    let x = key.normal([2, 4, 3])
    var context = Context.inference()
    let (y, final) = layer(Variable(x), lengths: [4, 4], &context)
    var state = [Tensor](repeating: .zeros([2, layer.stateWidth]), count: layer.stateCount)
    for step in 0..<4 {
      let now = x.sliced(along: 1, step..<(step + 1)).reshaped(to: [2, 3])
      let (output, next) = layer.step(now, state)
      let expected = y.value.sliced(along: 1, step..<(step + 1)).reshaped(to: [2, 4])
      #expect(largestDifference(output, expected) < 1e-6)
      state = next
    }
    #expect(zip(state, final).allSatisfy { largestDifference($0, $1.value) < 1e-6 })
  }

  @Test func attentionStepsMakeTheSequence() {
    var key = RandomKey(seed: 5)
    let layer = MultiHeadAttention(6, headCount: 2, using: &key)
    let x = key.normal([2, 4, 6]), exchange = Tensor([1, 0], shape: [2])
    var context = Context.inference()
    let y = layer(Variable(x), lengths: [4, 4], isCausal: true, &context).value
    var cache = MultiHeadAttention.Cache()
    for step in 0..<4 {
      // The rows change places after the first step, and their caches with them.
      func at(_ t: Tensor) -> Tensor {
        let now = t.sliced(along: 1, step..<(step + 1)).reshaped(to: [2, 6])
        return step == 0 ? now : now.gathered(exchange, along: 0)
      }
      #expect(largestDifference(layer.step(at(x), &cache), at(y)) < 1e-6)
      if step == 0 { cache = cache.gathered(exchange) }
    }
  }

  @Test func positionsAreSinesAndCosines() {
    let positions = Tensor.sinusoidalPositions(2..<4, width: 5, dtype: .float64)
    #expect(positions.shape == [2, 5])
    #expect(abs(positions.doubles[0] - 0.9092974268256817) < 1e-12)  // sin 2
    #expect(abs(positions.doubles[1] + 0.4161468365471424) < 1e-12)  // cos 2
    // 3 / 10000^(4 / 5)
    #expect(abs(positions.doubles[9] - 0.0018928709134) < 1e-9)
  }

  @Test(arguments: [0.0, 0.5]) func recurrentDropoutIsBetweenLayers(rate: Double) {
    var key = RandomKey(seed: 6)
    let layer = Recurrent(.gru, 2, 8, layerCount: 2, dropout: rate, using: &key)
    let x = Variable(key.normal([1, 3, 2]))
    func output(_ context: Context) -> Tensor {
      var context = context
      return layer(x, lengths: [3], &context).output.value
    }
    let changes = output(.training(RandomKey(seed: 1))) != output(.inference())
    #expect(changes == (rate > 0))
  }
}
