import Layers
import TensorCore
import VAECore
import VAETestKit

struct BrokenSequenceEncoder: Encoder {
  /// What is wrong: a fault of any map, or that padding is read.
  enum Flaw: Equatable {
    case fault(Fault)
    case readsPadding
  }

  let base: MinimalSequenceEncoder
  let flaw: Flaw
  let state = Parameter(.zeros([1]))
  let odometer = Odometer()

  init(_ flaw: Flaw, format: SequenceFormat, using key: inout RandomKey) {
    base = MinimalSequenceEncoder(format: format, featureCount: 3, using: &key)
    self.flaw = flaw
  }

  var observationShape: Shape { base.observationShape }
  var featureCount: Int { base.featureCount }
  var parts: KeyValuePairs<String, any ModulePart> {
    flaw == .fault(.connection) || flaw == .fault(.inferenceIsPure)
      ? ["base": base, "state": state] : ["base": base]
  }

  func callAsFunction(_ x: Sequences, _ context: inout Context) -> Variable {
    switch flaw {
    case .fault(let fault):
      return fault.spoil(base(x, &context), state: state, odometer: odometer, context)
    case .readsPadding:
      let full = Array(repeating: x.time, count: x.count)
      return base(Sequences(values: x.values, lengths: full), &context)
    }
  }
}

struct BrokenSequenceDecoder: SequenceDecoder {
  let law: SequenceDecoderLaw
  let base: MinimalSequenceDecoder
  let state = Parameter(.zeros([1]))
  let odometer = Odometer()

  init(_ law: SequenceDecoderLaw, format: SequenceFormat, using key: inout RandomKey) {
    base = MinimalSequenceDecoder(format: format, latentCount: 2, using: &key)
    self.law = law
  }

  var latentCount: Int { base.latentCount }
  var parameterShape: Shape { base.parameterShape }
  var parts: KeyValuePairs<String, any ModulePart> { ["base": base, "state": state] }

  func callAsFunction(
    _ codes: Variable, teaching x: Sequences, _ context: inout Context
  ) -> Variable {
    var codes = codes
    if law == .connection { codes = codes.detached }
    if law == .codesAreUsed { codes = codes * 0 }
    var y = base(codes, teaching: x, &context) + context[state]
    if law == .causality {
      // The step itself reaches its own parameters a little.
      let seen = Variable(x.values.converted(to: y.dtype))
      y = y + (x.areTokens ? seen.expanded(at: -1) : seen.mean(along: -1).expanded(at: -1)) * 1e-6
    }
    return Fault(rawValue: law.rawValue)?
      .spoil(y, state: state, odometer: odometer, context) ?? y
  }

  func state(from codes: Tensor) -> State {
    State(base: base.state(from: law == .stepping ? codes * 1.01 : codes), law: law)
  }

  struct State: DecoderState {
    var base: MinimalDecoderState
    let law: SequenceDecoderLaw

    mutating func next(after previous: Tensor?) -> Tensor { base.next(after: previous) }

    func gathered(_ rows: Tensor) -> State {
      let rows = law == .gathering ? Tensor([0, 1, 2, 0] as [Int32], shape: rows.shape) : rows
      return State(base: base.gathered(rows), law: law)
    }
  }
}

struct BrokenTokenLikelihood: TokenLikelihood {
  let law: LikelihoodLaw
  let base: MinimalTokenLikelihood
  let state = Parameter(.zeros([1]))
  let odometer = Odometer()

  var vocabularySize: Int { base.vocabularySize }

  init(_ law: LikelihoodLaw, vocabularySize: Int) {
    self.law = law
    base = MinimalTokenLikelihood(vocabularySize: vocabularySize)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    law == .inferenceIsPure ? ["state": state] : [:]
  }

  func parameterShape(forObservation shape: Shape) -> Shape {
    base.parameterShape(forObservation: shape)
  }

  func logProbability(
    of x: Sequences, given parameters: Variable, _ context: inout Context
  ) -> Variable {
    var parameters = parameters
    if law == .connection { parameters = parameters.detached }
    if law == .finiteness { parameters = parameters + (parameters.squared() - 50).exp() }
    let y = base.logProbability(of: x, given: parameters, &context)
    if law == .finiteness { return y }
    return Fault(rawValue: law.rawValue)?
      .spoil(y, state: state, odometer: odometer, context) ?? y
  }

  func logProbabilities(given parameters: Tensor) -> Tensor {
    law == .normalization ? parameters : base.logProbabilities(given: parameters)
  }

  func mean(given parameters: Tensor) -> Sequences {
    base.mean(given: law == .mean ? -parameters : parameters)
  }

  func sample(given parameters: Tensor, using key: inout RandomKey) -> Sequences {
    base.sample(given: law == .sampling ? parameters * 2 : parameters, using: &key)
  }

  func validate(_ x: Sequences) throws(ObservationError) {
    if law != .validation { try base.validate(x) }
  }
}

/// A likelihood of frames that counts padding.
struct LikelihoodOfPadding: Likelihood {
  let base = MinimalLikelihood()

  func parameterShape(forObservation shape: Shape) -> Shape { shape }

  func logProbability(
    of x: Sequences, given parameters: Variable, _ context: inout Context
  ) -> Variable { base.logProbability(of: x.values, given: parameters, &context) }

  func mean(given parameters: Tensor) -> Sequences {
    Sequences(
      values: parameters,
      lengths: Array(repeating: parameters.shape[1], count: parameters.shape[0]))
  }

  func sample(given parameters: Tensor, using key: inout RandomKey) -> Sequences {
    mean(given: base.sample(given: parameters, using: &key))
  }
}

struct BrokenSequenceModel: SequenceAutoencoder {
  typealias Whole = SequenceVAE<
    MinimalSequenceEncoder, MinimalPosterior, MinimalPrior, MinimalSequenceDecoder,
    MinimalTokenLikelihood
  >
  let law: ModelLaw
  let base: Whole

  init(_ law: ModelLaw, using key: inout RandomKey) throws {
    self.law = law
    base = try minimalTokenModel(using: &key)
  }

  var stepShape: Shape { base.stepShape }
  var latentCount: Int { base.latentCount }
  var inferenceParameters: [Parameter] { base.inferenceParameters }
  var parts: KeyValuePairs<String, any ModulePart> { base.parts }

  func encode(_ x: Sequences, _ context: inout Context) -> MinimalDistribution {
    base.encode(x, &context)
  }
  func decode(
    _ codes: Variable, teaching x: Sequences, _ context: inout Context
  ) -> Variable { base.decode(codes, teaching: x, &context) }
  func logLikelihood(
    of x: Sequences, from codes: Variable, _ context: inout Context
  ) -> Variable { base.logLikelihood(of: x, from: codes, &context) }
  func divergence(
    from q: MinimalDistribution, codes: Variable, _ context: inout Context
  ) -> Variable {
    let kl = base.divergence(from: q, codes: codes, &context)
    return law == .bound ? kl - 100 : kl
  }
  func divergencePerDimension(from q: MinimalDistribution) -> Variable? { nil }
  var dividesDivergence: Bool { false }
  func logPrior(of codes: Variable, _ context: inout Context) -> Variable {
    base.logPrior(of: codes, &context)
  }
  func samplePrior(_ count: Int, using key: inout RandomKey) -> Tensor {
    base.samplePrior(count, using: &key)
  }
  func decoderState(from codes: Tensor) -> any DecoderState {
    if law == .usePreservesParameters {
      for p in trainableParameters { p.value = p.value * 1.01 }
    }
    return base.decoderState(from: codes)
  }
  func tokenLogProbabilities(given parameters: Tensor) -> Tensor? {
    base.tokenLogProbabilities(given: parameters)
  }
  func mean(given parameters: Tensor) -> Sequences {
    let mean = base.mean(given: parameters)
    return law == .shape ? mean.rows(0..<1) : mean
  }
  func sampleObservation(
    given parameters: Tensor, using key: inout RandomKey
  ) -> Sequences { base.sampleObservation(given: parameters, using: &key) }
  func validate(_ x: Sequences) throws(ObservationError) { try base.validate(x) }
}

func minimalTokenModel(using key: inout RandomKey) throws -> BrokenSequenceModel.Whole {
  let format = SequenceFormat.tokens(vocabularySize: 7)
  return try SequenceVAE(
    encoder: MinimalSequenceEncoder(format: format, featureCount: 3, using: &key),
    posterior: MinimalPosterior(featureCount: 3, latentCount: 2, using: &key),
    prior: MinimalPrior(latentCount: 2),
    decoder: MinimalSequenceDecoder(format: format, latentCount: 2, using: &key),
    likelihood: MinimalTokenLikelihood(vocabularySize: 7))
}
