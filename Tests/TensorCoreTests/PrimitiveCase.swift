import TensorCore
import Testing

/// One use of a primitive: the inputs it takes and what it computes of them.
///
/// The cases together are the one table that the gradient checks, the comparison of formats and the golden values
/// run through.
struct PrimitiveCase: Sendable, CustomTestStringConvertible {
  /// The primitive, a colon, and what is particular: "convolution: stride 2".
  let name: String
  let inputs: [Input]
  let function: @Sendable ([Variable]) -> Variable
  /// Whether it says that it has no gradient of its gradient, where that is asked for.
  let isDifferentiableOnce: Bool

  init(
    _ name: String, _ inputs: [Input], isDifferentiableOnce: Bool = false,
    _ function: @escaping @Sendable ([Variable]) -> Variable
  ) {
    self.name = name
    self.inputs = inputs
    self.isDifferentiableOnce = isDifferentiableOnce
    self.function = function
  }

  var testDescription: String { name }

  /// The part of the name that several cases share.
  var primitive: String { name.prefix { $0 != ":" }.description }
}

/// The shape of an input, and which numbers a primitive can be asked of.
struct Input: Sendable {
  enum Domain: Sendable {
    case real
    /// From 0.5 to 2.
    case positive
    /// From 0.05 to 0.95.
    case probability
    /// At least 0.1 away from this kink.
    case around(Double)
    /// Multiples of 0.2, each once, plus an offset: no two are near, so no largest one is in doubt.
    case distinct(offset: Double)
  }

  let shape: Shape
  let domain: Domain
  let isConstant: Bool

  static func real(_ shape: Shape) -> Input {
    Input(shape: shape, domain: .real, isConstant: false)
  }
  static func positive(_ shape: Shape) -> Input {
    Input(shape: shape, domain: .positive, isConstant: false)
  }
  static func probability(_ shape: Shape) -> Input {
    Input(shape: shape, domain: .probability, isConstant: false)
  }
  static func around(_ kink: Double, _ shape: Shape) -> Input {
    Input(shape: shape, domain: .around(kink), isConstant: false)
  }
  static func distinct(_ shape: Shape, offset: Double = 0) -> Input {
    Input(shape: shape, domain: .distinct(offset: offset), isConstant: false)
  }
  static func constant(_ domain: Domain = .real, _ shape: Shape) -> Input {
    Input(shape: shape, domain: domain, isConstant: true)
  }

  /// Numbers of the domain, the same in float32 and float64.
  func values(using key: inout RandomKey) -> Tensor {
    let exact: [Double]
    switch domain {
    case .real: exact = key.normal(shape, dtype: .float64).doubles
    case .positive: exact = key.uniform(shape, low: 0.5, high: 2, dtype: .float64).doubles
    case .probability: exact = key.uniform(shape, low: 0.05, high: 0.95, dtype: .float64).doubles
    case .around(let kink):
      exact = key.normal(shape, dtype: .float64).doubles.map { kink + $0 + ($0 < 0 ? -0.1 : 0.1) }
    case .distinct(let offset):
      let middle = Double(shape.count / 2)
      exact = key.permutation(shape.count).map { (Double($0) - middle) * 0.2 + offset }
    }
    return Tensor(exact.map { Double(Float($0)) }, shape: shape)
  }
}

extension PrimitiveCase {
  /// What a run gave: the result, and the gradient of each input that is not constant.
  struct Outcome {
    var result: Tensor
    var gradients: [Tensor?]
  }

  /// How a case runs: as it is written, or recorded and replayed.
  enum Execution: CaseIterable { case asWritten, captured }

  /// Inputs for this case, in float64 but exact in float32; the name is the seed.
  func draw() -> [Tensor] {
    var key = self.key
    return inputs.map { $0.values(using: &key) }
  }

  var key: RandomKey {
    RandomKey(
      seed: name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
  }

  func seed(_ shape: Shape) -> Tensor {
    var key = key.folded(with: 1)
    return key.normal(shape, dtype: .float64)
  }

  func result(of inputs: [Tensor]) -> Tensor { function(inputs.map { Variable($0) }).value }

  /// The result, and the gradients of sum(seed * result).
  func outcome(
    of values: [Tensor], seed: Tensor? = nil, precision: Precision = .float32,
    _ execution: Execution = .asWritten
  ) -> Outcome {
    let seed = seed ?? self.seed(result(of: values).shape)
    return run(execution, on: values) { outcome(of: $0, seed, precision) }
  }

  /// What `body` makes of the values, as it is written, or recorded and replayed.
  func run(
    _ execution: Execution, on values: [Tensor], _ body: ([Tensor]) -> Outcome
  ) -> Outcome {
    switch execution {
    case .asWritten: return body(values)
    case .captured:
      // Recorded over other numbers, then run over these.
      var key = RandomKey(seed: 7)
      let others = zip(values, inputs).map { value, input in
        input.values(using: &key).converted(to: value.dtype)
      }
      func record(_ numbers: [Tensor]) -> (Recording, Outcome) {
        let recording = Recording(key: key, inputs: numbers, state: [])
        var outcome = Outcome(result: values[0], gradients: [])
        _ = recording.record {
          outcome = body(numbers)
          return [outcome.result] + outcome.gradients
        } state: {
          []
        }
        return (recording, outcome)
      }
      let ((first, _), (second, shape)) = (record(values), record(others))
      #expect(first.difference(from: second) == nil)
      let replay = Replay(second, in: Arena())
      // What a replay gives lives in its arena: written to, a tensor moves out.
      let results = replay.run(key: key, inputs: values) { _, _ in nil }.map { given in
        given.map { tensor in
          var tensor = tensor
          tensor.withUnsafeMutableBytes { _ in }
          return tensor
        }
      }
      return Outcome(
        result: results[0] ?? shape.result, gradients: Array(results.dropFirst()))
    }
  }

  private func outcome(
    of values: [Tensor], _ seed: Tensor, _ precision: Precision
  ) -> Outcome {
    let variables = zip(values, inputs).map { Variable($0, requiresGradient: !$1.isConstant) }
    let result = function(variables.map { $0.multiplying(in: precision) })
    let targets = variables.filter(\.requiresGradient)
    return Outcome(
      result: result.value,
      gradients: result.gradient(
        withRespectTo: targets, seed: seed.converted(to: result.dtype)))
  }
}

extension PrimitiveCase {
  /// Every case of every primitive, each small.
  static let all =
    unary + binary + reductions + products + convolutions + pooling + indexing + normalizations
    + distributions + sequences + penalties + special + choices + matrices + grouped
}
