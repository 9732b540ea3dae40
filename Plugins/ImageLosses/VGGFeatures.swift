public import Layers
public import TensorCore
public import VAECore

/// The convolutions of a VGG network with weights from elsewhere: 3x3 with rectifiers, and halvings by maxima between the groups.
///
/// The layers follow from the names of the weights, "features.0.weight" and so on, as torchvision has them: a number that is left out
/// after a convolution's rectifier is a halving. Values in [0, 1] are scaled as torchvision's weights want them; a grey image becomes
/// three colours that are the same.
///
/// - Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", arXiv:1409.1556.
public struct VGGFeatures: LayeredEncoder {
  public let observationShape: Shape
  public let featureCount: Int
  private let groups: [[Conv2D]]
  private let mean, deviation: Tensor?

  /// The convolutions in `weights`, for images of a shape.
  ///
  /// - Throws: `CompositionError` where no convolution of such names stands there, one does not fit the one before, or images are too
  ///   small for so many halvings.
  public init(_ weights: [String: Tensor], observationShape: Shape) throws(CompositionError) {
    let numbers = weights.keys.compactMap { name in
      name.wholeMatch(of: /features\.([0-9]{1,3})\.weight/).flatMap { Int($0.1) }
    }.sorted()
    guard !numbers.isEmpty, observationShape.rank == 3 else {
      throw CompositionError(
        incompatible:
          "there is no weight called 'features.0.weight' as a VGG of torchvision has, or observations "
          + "\(observationShape) are no images")
    }
    var key = RandomKey(seed: 0)
    var (groups, side) = ([[Conv2D]](), min(observationShape[0], observationShape[1]))
    var channels = 0
    for (place, number) in numbers.enumerated() {
      guard let weight = weights["features.\(number).weight"],
        let bias = weights["features.\(number).bias"], weight.shape.rank == 4,
        weight.shape[2] == 3, weight.shape[3] == 3, bias.shape == [weight.shape[0]],
        place == 0 || weight.shape[1] == channels
      else {
        throw CompositionError(
          incompatible:
            "'features.\(number)' is no 3x3 convolution with a bias that fits the one before it")
      }
      if place == 0 || number - numbers[place - 1] > 2 {
        if place > 0 { side /= 2 }
        groups.append([])
      }
      channels = weight.shape[0]
      let layer = Conv2D(
        weight.shape[1], channels, kernel: 3, padding: 1, activation: .relu, using: &key)
      layer.weight.value = weight.converted(to: .float32)
      layer.bias?.value = bias.converted(to: .float32)
      groups[groups.count - 1].append(layer)
    }
    let inputs = groups[0][0].weight.shape[1]
    guard side > 0, observationShape[2] == inputs || (observationShape[2] == 1 && inputs == 3)
    else {
      throw CompositionError(
        incompatible:
          "the network reads \(inputs) channels and halves images \(groups.count - 1) times, but the "
          + "observations are \(observationShape)")
    }
    self.observationShape = observationShape
    self.groups = groups
    let isColour = inputs == 3
    mean = isColour ? Tensor([0.485, 0.456, 0.406] as [Float], shape: [3]) : nil
    deviation = isColour ? Tensor([0.229, 0.224, 0.225] as [Float], shape: [3]) : nil
    let halvings = groups.count - 1
    featureCount = (observationShape[0] >> halvings) * (observationShape[1] >> halvings) * channels
  }

  public var parts: KeyValuePairs<String, any ModulePart> { ["groups": groups.flatMap(\.self)] }

  public func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    activations(of: x, &context)[groups.count - 1].flattenedPerExample()
  }

  /// What each group gives, before it is halved.
  public func activations(of x: Variable, _ context: inout Context) -> [Variable] {
    var seen = x
    if let mean, let deviation {
      if x.shape[3] == 1 { seen = .concatenated([x, x, x], along: 3) }
      func format(_ row: Tensor) -> Variable { Variable(row.converted(to: x.dtype)) }
      seen = (seen - format(mean)) / format(deviation)
    }
    var all: [Variable] = []
    for (i, group) in groups.enumerated() {
      if i > 0 { seen = seen.maxPooled(kernel: (2, 2), window: Window(stride: 2)) }
      seen = group.reduce(seen) { $1($0, &context) }
      all.append(seen)
    }
    return all
  }
}
