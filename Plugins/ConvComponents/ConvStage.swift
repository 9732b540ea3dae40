internal import TensorCore

/// One convolution of an encoder, or one transposed convolution of a decoder.
///
/// An image of n pixels along an axis becomes ⌈n / stride⌉ in an encoder; a decoder's stage undoes
/// exactly that. So every size fits, down to 1x1, which stays 1x1.
public struct ConvStage: Sendable, Hashable {
  /// Channels it gives.
  public var channels: Int
  /// Height and width of the kernel.
  public var kernel: Int
  /// How many times smaller an encoder's stage makes the image, or larger a decoder's.
  public var stride: Int

  public init(_ channels: Int, kernel: Int = 3, stride: Int = 2) {
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
  }

  /// Stages that halve an image of a shape `[height, width, channels]` until its shorter side has 7
  /// pixels or fewer: 32 channels, twice as many each time, up to 256.
  static func halving(_ shape: Shape) -> [ConvStage] {
    var side = shape.rank == 3 ? min(shape[0], shape[1]) : 1
    var stages = [ConvStage(32)]
    side = (side + 1) / 2
    while side > 7 {
      stages.append(ConvStage(min(256, 32 << stages.count)))
      side = (side + 1) / 2
    }
    return stages
  }

  var isSound: Bool { channels > 0 && kernel > 0 && stride > 0 }
}

extension ConvStage: Codable {
  private enum CodingKeys: String, CodingKey { case channels, kernel, stride }

  /// Reads `{channels, kernel, stride}`, where kernel and stride may be left out, or the number of
  /// channels alone.
  public init(from decoder: any Swift.Decoder) throws {
    if let channels = try? decoder.singleValueContainer().decode(Int.self) {
      self.init(channels)
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try container.decode(Int.self, forKey: .channels),
      kernel: try container.decodeIfPresent(Int.self, forKey: .kernel) ?? 3,
      stride: try container.decodeIfPresent(Int.self, forKey: .stride) ?? 2)
  }
}
