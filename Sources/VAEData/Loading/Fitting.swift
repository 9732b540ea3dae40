internal import ImageOutput
internal import TensorCore

/// How an image of one size becomes one of another: what it is resized to, and what is then cut off
/// or filled in.
struct Fitting: Hashable {
  /// The size that the whole image is resized to.
  let scaled: ImageSize
  /// The size that it ends with.
  let size: ImageSize

  init(from old: ImageSize, to new: ImageSize, _ fit: DataOptions.Fit) {
    size = new
    guard fit != .stretch, old != new else {
      scaled = new
      return
    }
    let (down, across) = (
      Double(new.height) / Double(old.height), Double(new.width) / Double(old.width)
    )
    let factor = fit == .crop ? max(down, across) : min(down, across)
    func side(_ old: Int, _ new: Int) -> Int {
      let side = Int((Double(old) * factor).rounded())
      return fit == .crop ? max(side, new) : min(max(side, 1), new)
    }
    scaled = ImageSize(
      height: side(old.height, new.height), width: side(old.width, new.width))
  }

  /// A picture of the old size in the new one.
  func apply(to image: Image, _ options: DataOptions) -> Image {
    image.resized(height: scaled.height, width: scaled.width, using: options.resampling)
      .centerCropped(height: size.height, width: size.width)
      .padded(height: size.height, width: size.width, with: options.background)
  }
}

/// Another source's images in another size or with other channels, computed as they are read.
///
/// Nothing is kept, so that a mapped or drawn set stays what it is.
struct FittedSource: PixelSource {
  let source: any PixelSource
  let oldShape: Shape
  let newShape: Shape
  let fitting: Fitting
  /// What fills the rest, one value for each new channel.
  let background: [Float]
  private let across: Filter
  private let down: Filter

  init(_ source: any PixelSource, from old: Shape, to new: Shape, _ options: DataOptions) {
    self.source = source
    oldShape = old
    newShape = new
    fitting = Fitting(
      from: ImageSize(height: old[0], width: old[1]),
      to: ImageSize(height: new[0], width: new[1]), options.fit)
    let color = options.background
    background =
      new[2] == 3
      ? [color.red, color.green, color.blue].map { Float($0) / 255 }
      : Array(repeating: Float(color.luma) / 255, count: new[2])
    across = Filter(from: old[1], to: fitting.scaled.width, options.resampling)
    down = Filter(from: old[0], to: fitting.scaled.height, options.resampling)
  }

  func read(
    _ example: Int, into out: UnsafeMutableBufferPointer<Float>
  ) throws(DataError) {
    let (height, width, channels) = (oldShape[0], oldShape[1], newShape[2])
    let (rows, columns) = (fitting.scaled.height, fitting.scaled.width)
    let plain = Scratch(oldShape.count)
    try source.read(example, into: plain.values)
    let colored = Scratch(height * width * channels)
    convertChannels(plain.values, colored.values)
    let narrow = Scratch(height * columns * channels)
    across.apply(colored.values, to: narrow.values, lines: height, inner: channels)
    let scaled = Scratch(rows * columns * channels)
    down.apply(narrow.values, to: scaled.values, lines: 1, inner: columns * channels)
    place(scaled.values, in: out)
  }

  private func convertChannels(
    _ old: UnsafeMutableBufferPointer<Float>, _ new: UnsafeMutableBufferPointer<Float>
  ) {
    switch (oldShape[2], newShape[2]) {
    case (3, 1):
      // The weights of Color.luma, ITU-R BT.601.
      for i in new.indices {
        new[i] = 0.299 * old[3 * i] + 0.587 * old[3 * i + 1] + 0.114 * old[3 * i + 2]
      }
    case (1, 3): for i in new.indices { new[i] = old[i / 3] }
    default: _ = new.update(fromContentsOf: old)
    }
  }

  /// Cuts off or fills in what the scaled image has more or less than the new one.
  private func place(
    _ scaled: UnsafeMutableBufferPointer<Float>, in out: UnsafeMutableBufferPointer<Float>
  ) {
    let (rows, columns, channels) = (fitting.scaled.height, fitting.scaled.width, newShape[2])
    let (height, width) = (newShape[0], newShape[1])
    func margins(_ inner: Int, _ outer: Int) -> (cut: Int, fill: Int) {
      (max(0, inner - outer) / 2, max(0, outer - inner) / 2)
    }
    let (vertical, horizontal) = (margins(rows, height), margins(columns, width))
    if rows < height || columns < width {
      for i in out.indices { out[i] = background[i % channels] }
    }
    let length = min(columns, width) * channels
    for row in 0..<min(rows, height) {
      let from = ((row + vertical.cut) * columns + horizontal.cut) * channels
      let to = ((row + vertical.fill) * width + horizontal.fill) * channels
      for i in 0..<length { out[to + i] = scaled[from + i] }
    }
  }
}

/// Zeros for the span of a call.
private struct Scratch: ~Copyable {
  let values: UnsafeMutableBufferPointer<Float>

  init(_ count: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }
}

/// For each new element of a line: which old ones make it up, and how much of each.
private struct Filter {
  /// The first old element of each new one.
  private var first: [Int] = []
  /// Where the weights of each new element begin; one more marks the end.
  private var start = [0]
  private var weights: [Float] = []
  private let isIdentity: Bool
  private let length: Int

  init(from old: Int, to new: Int, _ resampling: Resampling) {
    isIdentity = old == new
    length = old
    let scale = Double(old) / Double(new)
    let widening = max(scale, 1)
    let support = (resampling == .bilinear ? 1.0 : 0.5) * widening
    for element in 0..<new {
      let center = (Double(element) + 0.5) * scale
      if resampling == .nearest {
        append(min(old - 1, Int(center)), [1])
        continue
      }
      let low = max(0, Int(center - support + 0.5))
      let high = min(old, Int(center + support + 0.5))
      append(
        low,
        (low..<high).map { index -> Double in
          let distance = (Double(index) + 0.5 - center) / widening
          if resampling == .bilinear { return max(0, 1 - abs(distance)) }
          return distance > -0.5 && distance <= 0.5 ? 1 : 0
        })
    }
  }

  /// Appends a new element.
  ///
  /// Its weights are made multiples of 2^-20 whose sum is exactly 1, so that float32 sums of them are
  /// exact and values in [0, 1] stay there, whatever the rounding of the products.
  private mutating func append(_ index: Int, _ raw: [Double]) {
    let total = raw.reduce(0, +)
    var steps = raw.map { ($0 / total * 0x1p20).rounded() }
    if let largest = steps.indices.max(by: { steps[$0] < steps[$1] }) {
      steps[largest] += 0x1p20 - steps.reduce(0, +)
    }
    first.append(index)
    weights += steps.map { Float($0 * 0x1p-20) }
    start.append(weights.count)
  }

  /// Filters the middle axis of `[lines, length, inner]` into zeros.
  func apply(
    _ old: UnsafeMutableBufferPointer<Float>, to new: UnsafeMutableBufferPointer<Float>,
    lines: Int, inner: Int
  ) {
    guard !isIdentity, let source = old.baseAddress, let target = new.baseAddress else {
      _ = new.update(fromContentsOf: old)
      return
    }
    let count = first.count
    for line in 0..<lines {
      for element in 0..<count {
        let to = target + (line * count + element) * inner
        var from = source + (line * length + first[element]) * inner
        for weight in weights[start[element]..<start[element + 1]] {
          for i in 0..<inner { to[i] += weight * from[i] }
          from += inner
        }
      }
    }
  }
}
