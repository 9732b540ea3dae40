import BernoulliFamily
import GaussianFamily
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

// Several observations of one example, some missing: an observation type of one's own, captured like any other.

/// An image and its label, seen as two views; a view that is missing has zero in `seen`.
struct TwoViews: Rows {
  var image: Tensor
  var words: Tensor
  /// `[batch, 2]`: 1 where the image, the words are there.
  var seen: Tensor

  func map(_ f: (Tensor) -> Tensor) -> TwoViews {
    TwoViews(image: f(image), words: f(words), seen: f(seen))
  }

  static func of(_ batch: Batch<Tensor>) -> TwoViews {
    let labels = batch.labels ?? .zeros([batch.count])
    // Every third image and every fourth label is missing.
    let seen = (0..<batch.count).flatMap { [$0 % 3 == 0 ? 0 : 1 as Float, $0 % 4 == 1 ? 0 : 1] }
    return TwoViews(
      image: batch.observations, words: .oneHot(labels, count: 4),
      seen: Tensor(seen, shape: [batch.count, 2]))
  }
}

/// What both views' experts agree on.
///
/// - Source: Wu and Goodman, "Multimodal Generative Models for Scalable Weakly-Supervised Learning", arXiv:1802.05335, equation 3.
struct ProductOfExperts: LatentModel {
  typealias Observation = TwoViews
  let ofImage, ofWords, image, words: Net

  init(using key: inout RandomKey) {
    ofImage = Net(64, 32, 8, using: &key)
    ofWords = Net(4, 16, 8, using: &key)
    image = Net(4, 32, 64, using: &key)
    words = Net(4, 16, 4, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["of_image": ofImage, "of_words": ofWords, "image": image, "words": words]
  }

  func callAsFunction(
    _ x: TwoViews?, _ condition: Blank, _ context: inout Context
  ) -> Views {
    let q = x.map { x in
      let experts = [
        (ofImage(Variable(x.image), &context), 0), (ofWords(Variable(x.words), &context), 1),
      ].map { features, view in
        let halves = features.split(along: 1, sizes: [4, 4])
        let precision = (-halves[1]).exp() * Variable(x.seen.sliced(along: 1, view..<(view + 1)))
        return (mean: halves[0], precision: precision)
      }
      // The prior is an expert too, so that something is left where both are missing.
      let precision = experts[0].precision + experts[1].precision + 1
      let mean =
        (experts[0].mean * experts[0].precision + experts[1].mean * experts[1].precision)
        / precision
      return DiagonalGaussian(mean: mean, logVariance: -precision.log())
        .repeated(context.sampleCount)
    }
    let count = condition.rowCount
    let z = context.draw("z", prior: StandardNormal(shape: [count, 4]), posterior: q)
    return Views(
      image: Bernoulli(logits: image(z, &context).reshaped(to: [count] + Boxes.shape)),
      words: words(z, &context))
  }
}

/// p of both views given the code; what is missing costs nothing.
struct Views: Distribution {
  let image: Bernoulli
  let words: Variable

  func mean(_ context: inout Context) -> TwoViews {
    whole(image.mean(&context).value, words.softmax(along: 1).value)
  }
  func sample(_ context: inout Context) -> TwoViews {
    let drawn = context.key.categorical(logits: words.value)
    return whole(image.sample(&context).value, .oneHot(drawn, count: 4))
  }
  func logProbability(of x: TwoViews, _ context: inout Context) -> Variable? {
    let pixels = image.logProbability(of: Variable(x.image), &context)
    let label = (words.logSoftmax(along: 1) * Variable(x.words)).sum(along: 1)
    let seen = (0..<2).map { Variable(x.seen.sliced(along: 1, $0..<($0 + 1)).reshaped(to: [-1])) }
    return pixels.map { $0 * seen[0] + label * seen[1] }
  }
  func mapParameters(_ f: (Variable) -> Variable) -> Views {
    Views(image: image.mapParameters(f), words: f(words))
  }

  private func whole(_ image: Tensor, _ words: Tensor) -> TwoViews {
    TwoViews(
      image: image, words: words, seen: Tensor(repeating: 1, shape: [image.shape[0], 2]))
  }
}

@Suite struct SeveralViewsTests {
  @Test func trains() throws {
    let outcome = try train(on: Boxes().map { TwoViews.of($0) }) {
      var key = RandomKey(seed: 1)
      return Bound(model: ProductOfExperts(using: &key))
    }
    expectRise(outcome)
  }

  /// What a missing view holds changes nothing.
  @Test func whatIsMissingIsNotSeen() throws {
    var key = RandomKey(seed: 1)
    let model = ProductOfExperts(using: &key)
    let x = TwoViews.of(try Boxes.some())
    var other = x
    // The image of the first example is missing.
    let pixels = x.image.floats.enumerated().map { $0 < 64 ? 1 - $1 : $1 }
    other.image = Tensor(pixels, shape: x.image.shape)
    #expect(model.codes(of: x) == model.codes(of: other))
  }

  @Test(arguments: ModelLaw.allCases) func obeys(law: ModelLaw) throws {
    try law.check(
      observations: { count, key in
        TwoViews(
          image: key.uniform([count] + Boxes.shape),
          words: .oneHot(Tensor((0..<count).map { $0 % 4 }, shape: [count]), count: 4),
          seen: Tensor((0..<(2 * count)).map { $0 % 3 == 0 ? 0 : 1 as Float }, shape: [count, 2]))
      }
    ) { ProductOfExperts(using: &$0) }
  }
}
