public import TensorCore

/// Attention in several heads, with the parameters of PyTorch's `nn.MultiheadAttention`.
///
/// - Source: Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, section 3.2.
public struct MultiHeadAttention: Module {
  /// Features of a step; each head has its share.
  public let width: Int
  /// How many heads there are.
  public let headCount: Int
  /// Makes queries, keys and values: `[3 width, width]`.
  public let inputWeight: Parameter
  /// Their bias, `[3 width]`.
  public let inputBias: Parameter
  /// Applied to the heads' results side by side.
  public let output: Dense

  /// A layer with fresh weights, by default those of PyTorch; `headCount` divides `width`.
  ///
  /// Biases start at zero.
  public init(
    _ width: Int, headCount: Int, initializer: Initializer = .pytorch, using key: inout RandomKey
  ) {
    precondition(
      headCount > 0 && width % headCount == 0, "\(headCount) heads do not share \(width) features")
    (self.width, self.headCount) = (width, headCount)
    let input = initializer == .pytorch ? .glorotUniform : initializer
    inputWeight = Parameter(
      input([3 * width, width], fanIn: width, fanOut: 3 * width, using: &key))
    inputBias = Parameter(.zeros([3 * width]))
    output = Dense(width, width, initializer: initializer, using: &key)
    output.bias?.value = .zeros([width])
  }

  /// The input's weight and bias and the output's.
  public var parts: KeyValuePairs<String, any ModulePart> {
    ["in_proj_weight": inputWeight, "in_proj_bias": inputBias, "out_proj": output]
  }

  /// Each step of `x` `[batch, time, width]` looks at the real ones, or at those up to itself where
  /// `isCausal`: `[batch, time, width]`.
  public func callAsFunction(
    _ x: Variable, lengths: [Int], isCausal: Bool = false, _ context: inout Context
  ) -> Variable {
    let all = x.linear(context[inputWeight], bias: context[inputBias])
    let parts = all.split(along: -1, sizes: [width, width, width]).map(heads)
    return attend(parts[0], parts[1], parts[2], lengths, isCausal: isCausal, &context)
  }

  /// Each step of `x` `[batch, time, width]` looks at the real steps of `memory` `[batch, any,
  /// width]`: `[batch, time, width]`.
  public func callAsFunction(
    _ x: Variable, over memory: Variable, lengths: [Int], _ context: inout Context
  ) -> Variable {
    func project(_ x: Variable, _ rows: Range<Int>) -> Variable {
      x.linear(
        context[inputWeight].sliced(along: 0, rows).multiplying(in: context.precision),
        bias: context[inputBias].sliced(along: 0, rows))
    }
    let queries = heads(project(x, 0..<width))
    let parts = project(memory, width..<(3 * width)).split(along: -1, sizes: [width, width])
    return attend(queries, heads(parts[0]), heads(parts[1]), lengths, isCausal: false, &context)
  }

  /// `[batch, time, width]` as `[batch, heads, time, width / heads]`.
  private func heads(_ x: Variable) -> Variable {
    x.reshaped(to: [x.shape[0], x.shape[1], headCount, width / headCount])
      .transposed([0, 2, 1, 3])
  }

  private func attend(
    _ queries: Variable, _ keys: Variable, _ values: Variable, _ lengths: [Int], isCausal: Bool,
    _ context: inout Context
  ) -> Variable {
    let scores = queries.multiplying(in: context.precision)
      .matmul(keys.transposed([0, 1, 3, 2]))
    let weights = scores.attentionWeights(
      keyLengths: lengths, isCausal: isCausal,
      scale: 1 / Double(width / headCount).squareRoot())
    let mixed = weights.multiplying(in: context.precision).matmul(values)
      .transposed([0, 2, 1, 3])
    return output(mixed.reshaped(to: [mixed.shape[0], mixed.shape[1], width]), &context)
  }
}

// MARK: - Generation

extension MultiHeadAttention {
  /// Keys and values of the steps so far, so that each is worked out once.
  public struct Cache: Sendable {
    /// Keys and values, each `[batch, heads, time, width / heads]`.
    fileprivate var steps: (keys: Tensor, values: Tensor)?

    /// A cache before the first step.
    public init() {}

    /// The cache of the rows that `rows` (int32) names, in that order.
    public func gathered(_ rows: Tensor) -> Cache {
      var cache = Cache()
      cache.steps = steps.map {
        ($0.keys.gathered(rows, along: 0), $0.values.gathered(rows, along: 0))
      }
      return cache
    }
  }

  /// The next step of causal attention, without a tape: `[batch, width]` for `x` `[batch, width]`,
  /// which looks at itself and at the steps in the cache.
  public func step(_ x: Tensor, _ cache: inout Cache) -> Tensor {
    var context = Context.inference()
    let all = Variable(x.expanded(at: 1)).linear(context[inputWeight], bias: context[inputBias])
    let parts = all.split(along: -1, sizes: [width, width, width]).map(heads)
    var (keys, values) = (parts[1].value, parts[2].value)
    if let past = cache.steps {
      keys = .concatenated([past.keys, keys], along: 2)
      values = .concatenated([past.values, values], along: 2)
    }
    cache.steps = (keys, values)
    let lengths = Array(repeating: keys.shape[2], count: x.shape[0])
    let y = attend(
      parts[0], Variable(keys), Variable(values), lengths, isCausal: false, &context)
    return y.value.reshaped(to: x.shape)
  }
}
