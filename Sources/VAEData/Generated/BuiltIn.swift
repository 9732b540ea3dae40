internal import TensorCore

/// The sets that are drawn rather than read.
enum BuiltIn: String, CaseIterable {
  case digits
  case sprites

  /// What a listing says of the set.
  var summary: String {
    switch self {
    case .digits:
      "drawn 28x28 grey digits 0 to 9 in handwriting, labelled: \(Digits.trainCount) to train "
        + "on and \(Digits.testCount) to test"
    case .sprites:
      "drawn 64x64 squares, ellipses and hearts of known size, rotation and place, as in "
        + "dSprites: \(Sprites.factors.count), labelled by shape"
    }
  }

  func splits() -> DatasetSplits<ImageDataset> {
    switch self {
    case .digits:
      DatasetSplits(
        train: digits(count: Digits.trainCount, seed: 0x0D16_1750),
        test: digits(count: Digits.testCount, seed: 0x0D16_1751))
    case .sprites: DatasetSplits<ImageDataset>(train: sprites())
    }
  }

  private func digits(count: Int, seed: UInt64) -> ImageDataset {
    let size = Digits.side * Digits.side
    return ImageDataset(
      name: rawValue, count: count, imageShape: [Digits.side, Digits.side, 1],
      labels: (0..<count).map { Int32($0 % 10) }, classNames: (0..<10).map(String.init),
      source: RememberedSource(Digits(seed: seed), count: count, size: size))
  }

  private func sprites() -> ImageDataset {
    let count = Sprites.factors.count
    let perShape = count / Sprites.shapes.count
    return ImageDataset(
      name: rawValue, count: count, imageShape: [Sprites.side, Sprites.side, 1],
      labels: Sprites.shapes.indices.flatMap { Array(repeating: Int32($0), count: perShape) },
      classNames: Sprites.shapes, factors: Sprites.factors,
      source: RenderedSource(renderer: Sprites()))
  }
}
