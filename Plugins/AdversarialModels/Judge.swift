public import Layers
public import TensorCore
public import VAECore

/// Tells what was observed from what a model made: the discriminator of an adversarial game, or its critic.
public protocol Judge: Module {
  /// Shape of one observation, without the batch axis.
  var observationShape: Shape { get }
  /// What it makes of `x` `[batch] + observationShape`.
  func callAsFunction(_ x: Variable, _ context: inout Context) -> Judgement
}

/// What a judge makes of a batch.
public struct Judgement {
  /// One logit of each observation, or of each patch of it, high for what is taken for real: `[batch, count]`.
  public let logits: Variable
  /// What the logits are made of, by which observations can be compared: `[batch, ...]`.
  public let features: Variable

  /// Logits, and the features that they are made of.
  public init(logits: Variable, features: Variable) {
    self.logits = logits
    self.features = features
  }

  /// What taking each observation for real costs where it was made, or for made where it was real, averaged over its patches: `[batch]`.
  func cost(_ cost: (Variable) -> Variable) -> Variable { cost(logits).mean(along: 1) }
}

/// Any encoder and a logit of its features.
public struct WholeJudge<E: Encoder<Tensor>>: Judge {
  /// Observations to features.
  public let features: E
  /// Features to a logit.
  public let head: Dense

  public init(
    _ features: E, initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    self.features = features
    head = Dense(features.featureCount, 1, initializer: initializer, using: &key)
  }

  public var observationShape: Shape { features.observationShape }

  public var parts: KeyValuePairs<String, any ModulePart> { ["features": features, "head": head] }

  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Judgement {
    let seen = features(x, &context)
    return Judgement(logits: head(seen.flattenedPerExample(), &context), features: seen)
  }
}

/// Convolutions whose every output judges one patch of an image.
///
/// Kernels of 4, `layerCount` of stride 2 and one of stride 1, each with twice the channels of the one before up to eight times the
/// first's, normalized over the batch but for the first, leaky rectifiers of slope 0.2; then one to a logit.
///
/// - Source: Isola, Zhu, Zhou and Efros, "Image-to-Image Translation with Conditional Adversarial Networks", arXiv:1611.07004,
///   appendix 6.1.2; first weights N(0, 0.02²).
public struct PatchJudge: Judge {
  public let observationShape: Shape
  private let layers: Sequential
  private let head: Conv2D

  /// As many halvings as fit, up to three, unless told otherwise.
  ///
  /// Throws where observations are no images, or too small for so many layers.
  public init(
    observationShape: Shape, channels: Int = 64, layerCount: Int? = nil, using key: inout RandomKey
  ) throws(CompositionError) {
    guard observationShape.rank == 3 else {
      throw CompositionError(
        incompatible:
          "patches are of images [height, width, channels], but the observations are \(observationShape)"
      )
    }
    let side = min(observationShape[0], observationShape[1])
    // Two convolutions of stride 1 each take a pixel off.
    let layerCount = layerCount ?? (1...3).last { side >> $0 >= 3 } ?? 1
    guard side >> layerCount >= 3 else {
      throw CompositionError(
        incompatible:
          "\(layerCount) layers halve images of \(observationShape[0])x\(observationShape[1]) to "
          + "\(side >> layerCount) pixels, and 3 are needed; take fewer layers, or the judge 'whole'"
      )
    }
    self.observationShape = observationShape
    var (width, all) = (observationShape[2], [any Layer]())
    for i in 0...layerCount {
      let next = channels * min(1 << i, 8)
      all.append(
        Conv2D(
          width, next, kernel: 4, stride: i < layerCount ? 2 : 1, padding: 1,
          activation: i == 0 ? .leakyReLU(slope: 0.2) : .identity, bias: i == 0, using: &key))
      if i > 0 { all.append(BatchNorm(next, activation: .leakyReLU(slope: 0.2))) }
      width = next
    }
    layers = Sequential(all)
    head = Conv2D(width, 1, kernel: 4, stride: 1, padding: 1, using: &key)
    for (_, parameter) in namedParameters where parameter.shape.rank == 4 {
      parameter.value = key.normal(parameter.shape, deviation: 0.02)
    }
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["layers": layers, "head": head] }

  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Judgement {
    let seen = layers(x, &context)
    return Judgement(logits: head(seen, &context).flattenedPerExample(), features: seen)
  }
}
