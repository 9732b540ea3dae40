internal import Foundation
internal import Layers
public import TensorCore
public import VAECore

extension LikelihoodLaw {
  /// Throws evidence where the likelihood of sequences that `make` gives breaks this law.
  ///
  /// `make` gives equal likelihoods for equal keys. Normalization, sampling and the mean look at
  /// sequences of two numbers: two tokens, or frames that hold two together.
  public func check<L: Likelihood<Sequences>>(
    format: SequenceFormat, _ make: @escaping (inout RandomKey) throws -> L
  ) throws(LawViolation) {
    try judge(self) {
      let laboratory = LikelihoodLaboratory(shape: format.twoNumbers) {
        FixedLength(base: try make(&$0), format: format)
      }
      let examination = format.examination(of: make)
      switch (self, format) {
      case (.mean, .tokens): try checkMostProbable(make)
      case (.validation, .tokens(let size)):
        try laboratory.acceptance()
        try checkVocabulary(size, make)
      case (.normalization, .tokens(let size)):
        try laboratory.forEachDensity { try $0.checkNormalization() }
        try checkTokens(size, make)
      case (.batchIndependence, _):
        try examination.batchIndependence()
        try examination.padding { format.refilledParameters($0, &$1) }
      default: try check(laboratory, examination)
      }
    }
  }

  /// The mean of each token's distribution is its most probable token.
  private func checkMostProbable<L: Likelihood<Sequences>>(
    _ make: (inout RandomKey) throws -> L
  ) throws {
    try withTokens(make) { likelihood, parameters in
      let expected = likelihood.logProbabilities(given: parameters).maximum(along: -1).index
      let mean = likelihood.mean(given: parameters).values
      guard mean == expected else {
        throw Finding("the mean is \(mean), but the most probable tokens are \(expected)")
      }
    }
  }

  /// The probabilities of all tokens add up to one, and log p of a sequence is the sum over its
  /// tokens.
  private func checkTokens<L: Likelihood<Sequences>>(
    _ size: Int, _ make: (inout RandomKey) throws -> L
  ) throws {
    try withTokens(make) { likelihood, parameters in
      let logs = likelihood.logProbabilities(given: parameters)
      guard logs.shape == [4, SequenceFormat.longest, size] else {
        throw Finding("parameters \(parameters.shape) gave probabilities \(logs.shape)")
      }
      let sums = Variable(logs).exp().sum(along: -1).value.doubles
      for sum in sums where abs(sum - 1) > 1e-5 {
        throw Finding("the probabilities of all tokens add up to \(sum), not to 1")
      }
      var key = RandomKey(seed: 36)
      let x = SequenceFormat.tokens(vocabularySize: size).sequences(4, &key)
      var context = Context.inference(key)
      let whole = likelihood.density(of: x, given: Variable(parameters), &context).value
      let each = Variable(logs).picked(x.values) * Variable(x.mask())
      let distance = whole.relativeDistance(from: each.sum(along: 1).value)
      guard distance < 1e-4 else {
        throw Finding(
          "log p of sequences is \(whole.doubles), but their tokens' log p add up to "
            + "\(each.sum(along: 1).value.doubles)")
      }
    }
  }

  /// Tokens from zero to the vocabulary's size are all that is accepted.
  private func checkVocabulary<L: Likelihood<Sequences>>(
    _ size: Int, _ make: (inout RandomKey) throws -> L
  ) throws {
    var key = RandomKey(seed: 37)
    let likelihood = try make(&key)
    for bad in [-1, size] {
      let x = Sequences(values: Tensor([4, bad, 2], shape: [1, 3]), lengths: [3])
      do { try likelihood.validate(x) } catch { continue }
      throw Finding("the token \(bad) is accepted, of a vocabulary of \(size)")
    }
  }

  private func withTokens<L: Likelihood<Sequences>>(
    _ make: (inout RandomKey) throws -> L, _ body: (any TokenLikelihood, Tensor) throws -> Void
  ) throws {
    var key = RandomKey(seed: 38)
    let made = try make(&key)
    guard let likelihood = made as? any TokenLikelihood else {
      throw Finding("a likelihood of tokens conforms to TokenLikelihood; this one does not")
    }
    let step = likelihood.parameterShape(forObservation: [SequenceFormat.longest])
    try body(likelihood, key.normal([4, SequenceFormat.longest] + step))
  }
}

/// A likelihood of sequences, seen as one of tensors `[batch, time]` or `[batch, time, features]`
/// without padding.
private struct FixedLength<L: Likelihood<Sequences>>: Likelihood {
  typealias Observation = Tensor
  let base: L
  let format: SequenceFormat

  var parts: KeyValuePairs<String, any ModulePart> { base.parts }

  func parameterShape(forObservation shape: Shape) -> Shape {
    [shape[0]] + base.parameterShape(forObservation: format.stepShape)
  }

  func callAsFunction(
    _ parameters: Variable, _ context: inout Context
  ) -> SequenceTensors<L.Output> {
    SequenceTensors(base: base(parameters, &context), format: format)
  }

  func validate(_ x: Tensor) throws(ObservationError) {
    try base.validate(sequences(x))
  }

  private func sequences(_ x: Tensor) -> Sequences { format.full(x) }
}

/// A distribution of sequences, seen as one of tensors.
private struct SequenceTensors<Base: Distribution<Sequences>>: Distribution {
  let base: Base
  let format: SequenceFormat

  func logProbability(of x: Variable, _ context: inout Context) -> Variable? {
    base.logProbability(of: format.full(x.value), &context)
  }
  func mean(_ context: inout Context) -> Variable { tensor(base.mean(&context)) }
  func sample(_ context: inout Context) -> Variable { tensor(base.sample(&context)) }
  func mapParameters(_ f: (Variable) -> Variable) -> SequenceTensors {
    SequenceTensors(base: base.mapParameters(f), format: format)
  }
  private func tensor(_ x: Sequences) -> Variable {
    Variable(x.areTokens ? x.values.converted(to: .float32) : x.values)
  }
}

extension SequenceFormat {
  /// Sequences without padding.
  fileprivate func full(_ x: Tensor) -> Sequences {
    let values = if case .tokens = self { x.converted(to: .int32) } else { x }
    return Sequences(
      values: values, lengths: Array(repeating: x.shape[1], count: x.shape[0]))
  }
}

extension SequenceFormat {
  /// The shape of a sequence that holds two numbers.
  fileprivate var twoNumbers: Shape {
    switch self {
    case .tokens: [2]
    case .frames(let count): count == 1 ? [2, 1] : [1, count]
    }
  }

  /// log p of sequences as a function of the parameters, which stand in front of the packed
  /// sequences.
  fileprivate func examination<L: Likelihood<Sequences>>(
    of make: @escaping (inout RandomKey) throws -> L
  ) -> Examination {
    Examination { key in
      let likelihood = try make(&key)
      let step = likelihood.parameterShape(forObservation: stepShape)
      let steps = [SequenceFormat.longest] + step
      func inputs(_ count: Int, _ deviation: Double, _ key: inout RandomKey) -> Tensor {
        let x = packed(sequences(count, &key))
        return .sideBySide([key.normal([count] + steps) * deviation, x])
      }
      return Subject(
        module: likelihood, resultShape: [], inputs: { inputs($0, 1, &$1) },
        extremes: { [inputs($0, 0, &$1), inputs($0, 30, &$1), inputs($0, 300, &$1)] },
        inputIsConnected: true, connectedColumns: steps.count
      ) { input, context in
        let (count, width) = (input.shape[0], input.shape[1])
        let x = unpacked(input.value.sliced(along: 1, steps.count..<width))
        let parameters = input.sliced(along: 1, 0..<steps.count).reshaped(to: [count] + steps)
        return likelihood.density(
          of: x, given: parameters.sliced(along: 1, 0..<x.time), &context)
      }
    }
  }

  /// The same input with other steps, and other parameters, beyond each sequence's length.
  fileprivate func refilledParameters(_ input: Tensor, _ key: inout RandomKey) -> Tensor {
    let split = input.shape[1] - packed(sequences(1, &key)).shape[1]
    let rows = input.sliced(along: 1, split..<input.shape[1])
    let x = unpacked(rows)
    let steps = [x.count, SequenceFormat.longest, split / SequenceFormat.longest]
    let real = x.mask().expanded(at: -1)
    let parameters =
      input.sliced(along: 1, 0..<split).reshaped(to: steps) * real + key.normal(Shape(steps))
      * (-real + 1)
    return .sideBySide([parameters, refilled(rows, &key)])
  }
}
