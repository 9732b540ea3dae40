internal import CTensorKernels

/// A source of random numbers that is a value: counter-based and splittable.
///
/// The same key gives the same numbers, whatever the machine or the number of threads. Each draw takes the
/// key's next stream; ``split()`` makes an independent key for another use. A draw of n numbers begins
/// like a draw of more of the same kind and format; a permutation does not.
///
/// - Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011
///   (Philox 4x32, 10 rounds).
public struct RandomKey: Sendable, Hashable, Codable {
  /// The generator's 64-bit key.
  public private(set) var key: UInt64
  /// How many streams have been taken.
  public private(set) var position: UInt64

  /// The key that belongs to a seed.
  public init(seed: UInt64) {
    key = seed
    position = 0
  }

  /// Takes an independent key, and moves this one on.
  public mutating func split() -> RandomKey {
    derived(KeyDerivation(mask: 0, stream: take()))
  }

  /// The key for item `index` of a family, such as an epoch; this key stays as it is.
  public func folded(with index: UInt64) -> RandomKey {
    derived(KeyDerivation(mask: 0x9E37_79B9_7F4A_7C15, stream: index))
  }

  private func derived(_ rule: KeyDerivation) -> RandomKey {
    let made = rule(key)
    Watch.current?.recording?.derive(made, from: key, by: rule)
    return RandomKey(seed: made)
  }

  private mutating func take() -> UInt64 {
    defer { position += 1 }
    return position
  }
}

// MARK: - Drawing

extension RandomKey {
  /// `count` random 32-bit words.
  public mutating func words(_ count: Int) -> [UInt32] {
    Watch.current?.recording?.fail("random words are drawn outside of kernels")
    let stream = take()
    guard count > 0 else { return [] }
    return [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress { vae_random_words(key, stream, count, base) }
      initialized = count
    }
  }

  /// The next stream, and the key's bits for a kernel that draws from it.
  mutating func takeStream() -> (source: Tensor, stream: UInt64) {
    (Watch.current?.recording?.source(of: key) ?? Tensor(keyBits: key), take())
  }

  private mutating func draw(
    _ distribution: Draw.Distribution, _ shape: Shape, _ dtype: DType
  ) -> Tensor {
    let (source, stream) = takeStream()
    let draw = Draw(
      distribution: distribution, dtype: dtype.kernel, stream: stream, count: shape.count)
    return Tensor(shape, dtype, by: draw, source)
  }

  /// Numbers uniform in [`low`, `high`); where the bounds are not 0 and 1, rounding may give `high` itself.
  public mutating func uniform(
    _ shape: Shape, low: Double = 0, high: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    let unit = draw(.uniform, shape, dtype)
    if low == 0 && high == 1 { return unit }
    return unit.unary(VAE_SCALE, high - low).unary(VAE_SHIFT, low)
  }

  /// Normal numbers with mean 0 and the given standard deviation.
  public mutating func normal(
    _ shape: Shape, deviation: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    let unit = draw(.normal, shape, dtype)
    return deviation == 1 ? unit : unit.unary(VAE_SCALE, deviation)
  }

  /// Ones with the probability that stands at the same place, zeros otherwise.
  public mutating func bernoulli(_ probabilities: Tensor) -> Tensor {
    let unit = uniform(probabilities.shape, dtype: probabilities.dtype)
    return probabilities.binary(VAE_GREATER, unit)
  }

  /// Standard Gumbel numbers, -log(-log(u)).
  public mutating func gumbel(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    // 1 - u lies in (0, 1]; the smallest step away from 1 keeps the outer logarithm finite.
    let step = dtype == .float32 ? 0x1p-25 : 0x1p-54
    let unit = uniform(shape, dtype: dtype).unary(VAE_CLAMP_MIN, step)
    return unit.unary(VAE_LOG).unary(VAE_NEGATE).unary(VAE_LOG).unary(VAE_NEGATE)
  }

  /// One category per row of unnormalized log probabilities `[..., categories]`, as int32 `[...]`.
  ///
  /// - Source: the Gumbel-max trick; Maddison, Tarlow and Minka, arXiv:1411.0030.
  public mutating func categorical(logits: Tensor) -> Tensor {
    let noise = gumbel(logits.shape, dtype: logits.dtype)
    return logits.binary(VAE_ADD, noise).maximum(along: -1).index
  }

  /// A random order of 0..<`count`, every order equally likely.
  public mutating func permutation(_ count: Int) -> [Int] {
    permutation(count: count).integers.map(Int.init)
  }
}

/// How one key follows from another.
///
/// The last block of a stream is kept for making keys, so no draw ever returns it.
struct KeyDerivation: Kernel {
  let mask, stream: UInt64
  var name: String { "random key" }

  func callAsFunction(_ key: UInt64) -> UInt64 { vae_derive_key(key ^ mask, stream) }

  func run(_ memory: Operands) {
    guard let key = memory[0]?.load(as: UInt64.self) else { return }
    memory[1]?.storeBytes(of: self(key), as: UInt64.self)
  }
}

/// Random numbers of one stream of the key that is read.
private struct Draw: Kernel {
  enum Distribution { case uniform, normal }
  let distribution: Distribution
  let dtype: vae_dtype
  let stream: UInt64
  let count: Int
  var name: String { "random \(distribution)" }

  func run(_ memory: Operands) {
    guard let key = memory[0]?.load(as: UInt64.self) else { return }
    switch distribution {
    case .uniform: vae_random_uniform(dtype, key, stream, count, memory[1])
    case .normal: vae_random_normal(dtype, key, stream, count, memory[1])
    }
  }
}

extension RandomKey {
  /// Random orders, one a column: for each element of a matrix `[rows, columns]` whose columns are shuffled apart, the place
  /// it comes from, as int32 `[rows * columns]`.
  ///
  ///     x.reshaped(to: [-1]).gathered(key.columnOrders(rows: n, columns: d), along: 0).reshaped(to: [n, d])
  ///
  /// - Source: Fisher and Yates, as Durstenfeld's "Algorithm 235: random permutation", CACM 7, 1964.
  public mutating func columnOrders(rows: Int, columns: Int) -> Tensor {
    let source = Watch.current?.recording?.source(of: key) ?? Tensor(keyBits: key)
    let orders = ColumnOrders(stream: take(), rows: rows, columns: columns)
    return Tensor([rows * columns], .int32, by: orders, source)
  }
}

private struct ColumnOrders: Kernel {
  let stream: UInt64
  let rows: Int
  let columns: Int
  var name: String { "random column orders" }

  func run(_ memory: Operands) {
    guard let key = memory[0]?.load(as: UInt64.self), let places = memory.integers(1) else {
      return
    }
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: max(rows * columns, 1)) { words in
      guard let base = words.baseAddress else { return }
      vae_random_words(key, stream, rows * columns, base)
      for place in 0..<(rows * columns) { places[place] = Int32(place) }
      for row in stride(from: rows - 1, to: 0, by: -1) {
        for column in 0..<columns {
          let place = row * columns + column
          let other = Int((UInt64(words[place]) * UInt64(row + 1)) >> 32) * columns + column
          (places[place], places[other]) = (places[other], places[place])
        }
      }
    }
  }
}
