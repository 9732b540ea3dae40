public import Layers
public import TensorCore
public import VAECore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How unlike two images are in structure, at several scales: 1 - MS-SSIM, averaged over channels.
///
/// A window of Gaussian weights looks at both images; at each scale they are compared in contrast and structure, at the last in
/// brightness too, and between two scales halved by averaging 2x2 pixels. So many scales are looked at as the window fits into, and
/// their exponents are those of the paper, scaled to add up to one.
///
/// Reported term: "ms_ssim", 1 - MS-SSIM, from 0 for images that are the same.
///
/// - Source: Wang, Simoncelli and Bovik, "Multi-scale structural similarity for image quality assessment", 2003, equation 7; Snell et
///   al., "Learning to Generate Images with Perceptual Similarity Metrics", arXiv:1511.06409, for autoencoders.
public struct StructuralSimilarity: Penalty {
  /// What being unlike costs, an image.
  public let weight: Double
  /// Pixels along a side of the window at most, odd.
  public let window: Int
  /// The standard deviation of its weights, in pixels.
  public let sigma: Double
  /// How much each scale counts, from the finest; of smaller images the first ones are used.
  public let scales: [Double]
  /// What values run over, 1 for [0, 1].
  public let valueRange: Double

  /// The exponents of the paper.
  public static let fiveScales = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]

  public init(
    weight: Double = 1, window: Int = 11, sigma: Double = 1.5, scales: [Double] = fiveScales,
    valueRange: Double = 1
  ) {
    precondition(
      window > 0 && window % 2 == 1 && sigma > 0 && valueRange > 0
        && scales.allSatisfy { $0 > 0 } && !scales.isEmpty,
      "a window has an odd side, and scales count something")
    self.weight = weight
    self.window = window
    self.sigma = sigma
    self.scales = scales
    self.valueRange = valueRange
  }

  public var name: String { "ms_ssim" }

  public var isDistance: Bool { true }

  public func check(_ model: some LatentModel) throws(CompositionError) {
    try model.requireTensors(for: "a structural similarity")
  }

  public func charge<Model: LatentModel>(
    for walk: Walk<Model>, _ context: inout Context
  ) -> Charge {
    let (observed, made) = walk.pair(&context)
    return Charge(name, perExample: 1 - self(observed, made), weight: weight)
  }

  /// MS-SSIM of pairs of images `[batch, height, width, channels]`, averaged over channels: `[batch]`.
  public func callAsFunction(_ a: Variable, _ b: Variable) -> Variable {
    precondition(
      a.shape.rank == 4, "structure is that of images, not of observations \(a.shape.dropFirst())")
    let side = min(a.shape[1], a.shape[2])
    let window = min(window, side - (1 - side % 2))
    var exponents = Array(
      scales.enumerated().prefix { (side + (1 << $0.offset) - 1) >> $0.offset >= window }
        .map(\.element))
    let sum = exponents.reduce(0, +)
    exponents = exponents.map { $0 / sum }
    var (a, b) = (a, b)
    var product: Variable?
    for (scale, exponent) in exponents.enumerated() {
      if scale > 0 { (a, b) = (a.halved(), b.halved()) }
      let own = similarity(a, b, window: window, brightness: scale == exponents.count - 1)
      // A power of a negative number is none.
      let factor = exponents.count == 1 ? own : own.clamped(atLeast: 1e-6).power(exponent)
      product = product.map { $0 * factor } ?? factor
    }
    return product?.mean(along: 1) ?? Variable(.zeros([a.shape[0]], dtype: a.dtype))
  }

  /// The mean similarity over the windows of one scale, `[batch, channels]`.
  private func similarity(
    _ a: Variable, _ b: Variable, window: Int, brightness: Bool
  ) -> Variable {
    let (c1, c2) = (0.01 * 0.01 * valueRange * valueRange, 0.03 * 0.03 * valueRange * valueRange)
    func local(_ x: Variable) -> Variable { x.windowed(weights(window)) }
    let (meanA, meanB) = (local(a), local(b))
    let (squaredA, squaredB, both) = (meanA.squared(), meanB.squared(), meanA * meanB)
    let variances = local(a.squared()) - squaredA + (local(b.squared()) - squaredB)
    let covariance = local(a * b) - both
    var map = (covariance * 2 + c2) / (variances + c2)
    if brightness { map = map * ((both * 2 + c1) / (squaredA + squaredB + c1)) }
    let shape = map.shape
    return map.reshaped(to: [shape[0], shape[1] * shape[2], shape[3]]).mean(along: 1)
  }

  private func weights(_ window: Int) -> [Double] {
    let reach = window / 2
    let all = (-reach...reach).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let total = all.reduce(0, +)
    return all.map { $0 / total }
  }
}

extension Variable {
  /// Images averaged over windows that lie inside of them, along both axes by the same weights.
  fileprivate func windowed(_ weights: [Double]) -> Variable {
    let (count, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
    let rows = Variable(Self.sliding(weights, over: height, dtype))
    let columns = Variable(Self.sliding(weights, over: width, dtype))
    let inner = height - weights.count + 1
    let down = rows.matmul(reshaped(to: [count, height, width * channels]))
    return columns.matmul(down.reshaped(to: [count * inner, width, channels]))
      .reshaped(to: [count, inner, width - weights.count + 1, channels])
  }

  /// The matrix `[size - weights + 1, size]` that slides weights along an axis.
  private static func sliding(_ weights: [Double], over size: Int, _ dtype: DType) -> Tensor {
    let rows = size - weights.count + 1
    var matrix = [Double](repeating: 0, count: rows * size)
    for row in 0..<rows {
      for (step, weight) in weights.enumerated() { matrix[row * size + row + step] = weight }
    }
    return Tensor(matrix, shape: [rows, size]).converted(to: dtype)
  }

  /// Images of half the size: means of 2x2 pixels, those of an odd edge with zeros outside.
  fileprivate func halved() -> Variable {
    let (height, width) = (shape[1], shape[2])
    let even = padded(along: 1, before: height % 2, after: 0)
      .padded(along: 2, before: width % 2, after: 0)
    let (h, w) = (even.shape[1] / 2, even.shape[2] / 2)
    return even.reshaped(to: [shape[0], h, 2, w, 2 * shape[3]]).sum(along: 2)
      .reshaped(to: [shape[0], h, w, 2, shape[3]]).sum(along: 3) * 0.25
  }
}
