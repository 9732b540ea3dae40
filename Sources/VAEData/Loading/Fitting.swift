internal import ImageOutput
internal import TensorCore

/// Rows and columns.
struct Extent: Hashable {
  var height: Int
  var width: Int

  /// The first two sizes of an image's shape.
  init(_ shape: Shape) { (height, width) = (shape[0], shape[1]) }

  init(height: Int, width: Int) { (self.height, self.width) = (height, width) }
}

/// How an image of one size becomes one of another: the part in its middle that is taken, what that is
/// resized to, and the size it is then padded to.
struct Fitting: Hashable {
  let window: Extent
  let scaled: Extent
  let size: Extent

  init(from old: Extent, to new: Extent, _ fit: DataOptions.Fit) {
    size = new
    let (down, across) = (
      Double(new.height) / Double(old.height), Double(new.width) / Double(old.width)
    )
    func side(_ length: Int, times factor: Double, atMost limit: Int) -> Int {
      min(max(1, Int((Double(length) * factor).rounded())), limit)
    }
    switch fit {
    case .stretch: (window, scaled) = (old, new)
    case .crop:
      let factor = 1 / max(down, across)
      window = Extent(
        height: side(new.height, times: factor, atMost: old.height),
        width: side(new.width, times: factor, atMost: old.width))
      scaled = new
    case .pad:
      let factor = min(down, across)
      window = old
      scaled = Extent(
        height: side(old.height, times: factor, atMost: new.height),
        width: side(old.width, times: factor, atMost: new.width))
    }
  }

  /// A picture of the old size in the new one.
  func apply(to image: Image, _ options: DataOptions) -> Image {
    image.centerCropped(height: window.height, width: window.width)
      .resized(height: scaled.height, width: scaled.width, using: options.resampling)
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
    fitting = Fitting(from: Extent(old), to: Extent(new), options.fit)
    let color = options.background
    background =
      new[2] == 3
      ? [color.red, color.green, color.blue].map { Float($0) / 255 }
      : Array(repeating: Float(color.luma) / 255, count: new[2])
    across = Filter(from: fitting.window.width, to: fitting.scaled.width, options.resampling)
    down = Filter(from: fitting.window.height, to: fitting.scaled.height, options.resampling)
  }

  var isUnit: Bool { source.isUnit }

  func fileName(of example: Int) -> String? { source.fileName(of: example) }

  func read(
    _ example: Int, into out: UnsafeMutableBufferPointer<Float>
  ) throws(DataError) {
    let channels = newShape[2]
    let (window, size) = (fitting.window, fitting.scaled)
    let whole = Scratch(oldShape.count)
    try source.read(example, into: whole.values)
    let part = Scratch(window.height * window.width * channels)
    takeWindow(of: whole.values, to: part.values)
    let narrow = Scratch(window.height * size.width * channels)
    across.apply(part.values, to: narrow.values, lines: window.height, inner: channels)
    let scaled = Scratch(size.height * size.width * channels)
    down.apply(narrow.values, to: scaled.values, lines: 1, inner: size.width * channels)
    place(scaled.values, in: out)
  }

  /// Copies the part in the middle, in the new channels.
  private func takeWindow(
    of old: UnsafeMutableBufferPointer<Float>, to new: UnsafeMutableBufferPointer<Float>
  ) {
    let window = fitting.window
    let (top, left) = ((oldShape[0] - window.height) / 2, (oldShape[1] - window.width) / 2)
    let (before, after) = (oldShape[2], newShape[2])
    for row in 0..<window.height {
      let from = ((top + row) * oldShape.dimensions[1] + left) * before
      let to = row * window.width * after
      switch (before, after) {
      case (3, 1):
        // The weights of Color.luma, ITU-R BT.601.
        for i in 0..<window.width {
          let (red, green, blue) = (old[from + 3 * i], old[from + 3 * i + 1], old[from + 3 * i + 2])
          new[to + i] = 0.299 * red + 0.587 * green + 0.114 * blue
        }
      case (1, 3): for i in 0..<(3 * window.width) { new[to + i] = old[from + i / 3] }
      default: for i in 0..<(after * window.width) { new[to + i] = old[from + i] }
      }
    }
  }

  /// Puts the scaled part in the middle of the new image.
  private func place(
    _ scaled: UnsafeMutableBufferPointer<Float>, in out: UnsafeMutableBufferPointer<Float>
  ) {
    let (inner, outer, channels) = (fitting.scaled, fitting.size, newShape[2])
    guard inner != outer else {
      _ = out.update(fromContentsOf: scaled)
      return
    }
    for i in out.indices { out[i] = background[i % channels] }
    let (top, left) = ((outer.height - inner.height) / 2, (outer.width - inner.width) / 2)
    let length = inner.width * channels
    for row in 0..<inner.height {
      let to = ((top + row) * outer.width + left) * channels
      for i in 0..<length { out[to + i] = scaled[row * length + i] }
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
