import BernoulliFamily
import GaussianFamily
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

// Labels enter the encoder, the decoder and the prior; those that are missing are a class of their own.

/// - Source: Sohn, Lee and Yan, "Learning Structured Output Representation using Deep Conditional Generative Models", 2015.
struct ConditionalVAE: LatentModel {
  let encoder, decoder, prior: Net
  let classCount: Int

  init(classCount: Int, using key: inout RandomKey) {
    self.classCount = classCount
    encoder = Net(64 + classCount + 1, 32, 8, using: &key)
    decoder = Net(4 + classCount + 1, 32, 64, using: &key)
    prior = Net(classCount + 1, 8, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["encoder": encoder, "decoder": decoder, "prior": prior]
  }

  /// The class of each row.
  func condition(of x: Labelled<Tensor>) -> Tensor { x.labels }

  /// Each class in turn.
  func typicalCondition(_ count: Int) -> Tensor {
    Tensor((0..<count).map { $0 % classCount }, shape: [count])
  }

  func callAsFunction(
    _ x: Labelled<Tensor>?, _ labels: Tensor, _ context: inout Context
  ) -> ImagesOfClasses {
    let y = hot(labels)
    let q = x.map { x in
      let seen = Variable.concatenated(
        [Variable(x.observations).flattenedPerExample(), hot(x.labels)], along: 1)
      return gaussian(encoder(seen, &context)).repeated(context.sampleCount)
    }
    let z = context.draw("z", prior: gaussian(prior(y, &context)), posterior: q)
    let logits = decoder(.concatenated([z, y], along: 1), &context)
    return ImagesOfClasses(
      images: Bernoulli(logits: logits.reshaped(to: [labels.count] + Boxes.shape)), labels: labels)
  }

  private func gaussian(_ x: Variable) -> DiagonalGaussian {
    let halves = x.split(along: 1, sizes: [4, 4])
    return DiagonalGaussian(mean: halves[0], logVariance: halves[1])
  }

  /// A missing label, which is -1, takes the first place.
  private func hot(_ labels: Tensor) -> Variable {
    let places = (labels.converted(to: .float32) + 1).converted(to: .int32)
    return Variable(.oneHot(places, count: classCount + 1))
  }
}

/// p(x | z, label): the label is given, the image is not.
struct ImagesOfClasses: Distribution {
  let images: Bernoulli
  let labels: Tensor

  func mean(_ context: inout Context) -> Labelled<Tensor> {
    Labelled(images.mean(&context).value, labels: labels)
  }
  func sample(_ context: inout Context) -> Labelled<Tensor> {
    Labelled(images.sample(&context).value, labels: labels)
  }
  func logProbability(of x: Labelled<Tensor>, _ context: inout Context) -> Variable? {
    images.logProbability(of: Variable(x.observations), &context)
  }
  func mapParameters(_ f: (Variable) -> Variable) -> ImagesOfClasses {
    ImagesOfClasses(images: images.mapParameters(f), labels: f(Variable(labels)).value)
  }
}

@Suite struct ConditionalTests {
  private func model() -> ConditionalVAE {
    var key = RandomKey(seed: 1)
    return ConditionalVAE(classCount: 4, using: &key)
  }

  @Test func trains() throws {
    expectRise(try train(on: Boxes().labelled()) { Bound(model: model()) })
  }

  /// Missing is a condition too.
  @Test(arguments: ModelLaw.allCases) func obeys(law: ModelLaw) throws {
    try law.check(
      observations: { count, key in
        Labelled(
          key.uniform([count] + Boxes.shape),
          labels: Tensor((0..<count).map { $0 % 5 - 1 }, shape: [count]))
      }
    ) { ConditionalVAE(classCount: 4, using: &$0) }
  }
}
