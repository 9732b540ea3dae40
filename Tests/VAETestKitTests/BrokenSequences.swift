import Layers
import TensorCore
import VAECore
import VAETestKit

struct BrokenSequenceEncoder: Encoder {
  typealias Observation = Sequences

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

  func callAsFunction(
    _ parameters: Variable, _ context: inout Context
  ) -> Altered<MinimalTokens> {
    let start = context
    let base = base(parameters, &context)
    return Altered(base) { d in
      switch law {
      case .connection: d.base = MinimalTokens(logits: parameters.detached)
      case .finiteness:
        d.base = MinimalTokens(logits: parameters + (parameters.squared() - 50).exp())
      case .mean:
        var other = context
        let least = MinimalTokens(logits: -parameters).mean(&other)
        d.changedMean = { _ in least }
      case .sampling:
        var other = context
        let sharper = MinimalTokens(logits: parameters * 2).sample(&other)
        d.changedSample = { _ in sharper }
      default:
        guard let fault = Fault(rawValue: law.rawValue) else { return }
        d.changedLog = { fault.spoil($0, state: state, odometer: odometer, start) }
      }
    }
  }

  func logProbabilities(given parameters: Tensor) -> Tensor {
    law == .normalization ? parameters : base.logProbabilities(given: parameters)
  }

  func validate(_ x: Sequences) throws(ObservationError) {
    if law != .validation { try base.validate(x) }
  }
}

/// A likelihood of frames that counts padding.
struct LikelihoodOfPadding: Likelihood {
  typealias Observation = Sequences

  func parameterShape(forObservation shape: Shape) -> Shape { shape }

  func callAsFunction(_ parameters: Variable, _ context: inout Context) -> Padded {
    Padded(base: MinimalDistribution(mean: parameters))
  }

  struct Padded: Distribution {
    let base: MinimalDistribution

    func logProbability(of x: Sequences, _ context: inout Context) -> Variable? {
      base.logProbability(of: Variable(x.values), &context)
    }
    func mean(_ context: inout Context) -> Sequences { full(base.mean) }
    func sample(_ context: inout Context) -> Sequences { full(base.sample(&context)) }
    func mapParameters(_ f: (Variable) -> Variable) -> Padded {
      Padded(base: base.mapParameters(f))
    }
    private func full(_ x: Variable) -> Sequences {
      Sequences(
        values: x.value, lengths: Array(repeating: x.shape[1], count: x.shape[0]))
    }
  }
}

typealias MinimalSequenceVAE = SequenceVAE<
  MinimalSequenceEncoder, OptimisticPosterior, MinimalPrior, MinimalSequenceDecoder,
  MinimalTokenLikelihood
>

func minimalTokenModel(
  _ law: ModelLaw? = nil, using key: inout RandomKey
) throws -> MinimalSequenceVAE {
  let format = SequenceFormat.tokens(vocabularySize: 7)
  return try SequenceVAE(
    encoder: MinimalSequenceEncoder(format: format, featureCount: 3, using: &key),
    posterior: OptimisticPosterior(
      base: MinimalPosterior(featureCount: 3, latentCount: 2, using: &key),
      understates: law == .bound),
    prior: MinimalPrior(latentCount: 2),
    decoder: MinimalSequenceDecoder(format: format, latentCount: 2, using: &key),
    likelihood: MinimalTokenLikelihood(vocabularySize: 7))
}
