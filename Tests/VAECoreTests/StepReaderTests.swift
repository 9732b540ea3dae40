import Layers
import TensorCore
import Testing
import VAECore

@Suite struct StepReaderTests {
  private let tokens = SequenceFormat.tokens(vocabularySize: 9)

  /// Hidden words take the unknown token's vector; the start token is never hidden.
  @Test func wordDropoutHidesItsShareOfWords() {
    var key = RandomKey(seed: 1)
    let reader = StepReader(tokens, width: 3, wordDropout: 0.3, using: &key)
    let words = Tensor((0..<4000).map { $0 % 2 == 0 ? SpecialToken.start : 7 }, shape: [40, 100])
    var training = Context.training(key)
    var inference = Context.inference(key)
    let (hidden, plain) = (reader(words, &training).value, reader(words, &inference).value)
    #expect(hidden.shape == [40, 100, 3])
    let unknown = reader(Tensor([SpecialToken.unknown], shape: [1]), &inference).value.floats
    var count = 0
    for place in 0..<4000 {
      let (seen, own) = (hidden.vector(place, 3), plain.vector(place, 3))
      if seen == own { continue }
      #expect(place % 2 == 1 && seen == unknown)
      count += 1
    }
    #expect(abs(Double(count) / 2000 - 0.3) < 0.04)
  }

  @Test func wordDropoutHidesWholeFrames() {
    var key = RandomKey(seed: 2)
    let format = SequenceFormat.frames(featureCount: 2)
    let reader = StepReader(format, width: nil, wordDropout: 0.5, using: &key)
    #expect(reader.width == 2 && reader.namedParameters.isEmpty)
    let frames = Tensor(repeating: 3, shape: [50, 20, 2])
    var context = Context.training(key)
    let seen = reader(frames, &context).value
    let kinds = (0..<1000).map { seen.vector($0, 2) }
    #expect(kinds.allSatisfy { $0 == [0, 0] || $0 == [3, 3] })
    #expect(abs(Double(kinds.count { $0 == [0, 0] }) / 1000 - 0.5) < 0.06)
  }

  @Test func framesAreMappedWhereAWidthIsAsked() {
    var key = RandomKey(seed: 3)
    let reader = StepReader(.frames(featureCount: 2), width: 5, using: &key)
    var context = Context.inference()
    #expect(reader(.zeros([4, 3, 2]), &context).shape == [4, 3, 5])
    #expect(reader(reader.beginning(count: 4, .float32), &context).shape == [4, 5])
    #expect(
      StepReader(tokens, width: 1, using: &key).beginning(count: 2, .float32).integers == [1, 1])
  }
}

extension Tensor {
  fileprivate func vector(_ place: Int, _ width: Int) -> [Float] {
    reshaped(to: [-1, width]).sliced(along: 0, place..<(place + 1)).floats
  }
}
