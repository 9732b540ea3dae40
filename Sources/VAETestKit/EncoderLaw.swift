internal import Layers
public import TensorCore
public import VAECore

/// What an `Encoder` has to obey.
///
///     @Test(arguments: EncoderLaw.allCases)
///     func myEncoder(obeys law: EncoderLaw) throws {
///       try law.check { key in MyEncoder(observationShape: [5, 3, 1], using: &key) }
///     }
public enum EncoderLaw: String, CaseIterable, Sendable {
  /// Features are `[batch, featureCount]`.
  case shape
  /// A batch of one observation works like any other.
  case singleExample
  /// An observation gets alone the features it gets in a batch, in inference, whatever fills the
  /// shorter sequences up.
  case batchIndependence
  /// The same key gives the same bytes.
  case determinism
  /// Inference changes no parameter, draws no random numbers and records nothing.
  case inferenceIsPure
  /// A gradient reaches every trained parameter.
  case connection
  /// Gradients are the slopes of the features, in float64.
  case gradient
  /// Black, white and huge observations give finite features and gradients.
  case finiteness

  /// Throws evidence where the encoder that `make` gives breaks this law.
  ///
  /// `make` gives equal encoders for equal keys. `observations` draws a batch, uniform in [0, 1]
  /// unless told otherwise.
  public func check<E: Encoder<Tensor>>(
    observations: ((_ count: Int, _ key: inout RandomKey) -> Tensor)? = nil,
    _ make: @escaping (inout RandomKey) throws -> E
  ) throws(LawViolation) {
    let examination = Examination { key in
      let encoder = try make(&key)
      let shape = encoder.observationShape
      let draw = observations ?? { $1.uniform([$0] + shape) }
      return Subject(
        module: encoder, resultShape: [encoder.featureCount], inputs: draw,
        extremes: { count, key in
          let x = draw(count, &key)
          return [0, 1].map { Tensor(repeating: $0, shape: x.shape) } + [1e4, -1e4].map { x * $0 }
        }, inputIsConnected: false
      ) { encoder($0, &$1) }
    }
    try judge(self) { try check(examination) }
  }

  /// Throws evidence where the encoder of sequences that `make` gives breaks this law.
  ///
  /// `make` gives equal encoders for equal keys. The laws draw sequences of different lengths.
  public func check<E: Encoder<Sequences>>(
    format: SequenceFormat, _ make: @escaping (inout RandomKey) throws -> E
  ) throws(LawViolation) {
    let examination = Examination { key in
      let encoder = try make(&key)
      return Subject(
        module: encoder, resultShape: [encoder.featureCount],
        inputs: { format.packed(format.sequences($0, &$1)) },
        extremes: { format.extremes($0, &$1).map(format.packed) }, inputIsConnected: false
      ) { encoder(format.unpacked($0.value), &$1) }
    }
    try judge(self) {
      try check(examination)
      if self == .batchIndependence { try examination.padding(refilled: format.refilled) }
    }
  }

  private func check(_ examination: Examination) throws {
    switch self {
    case .shape: try examination.shape(counts: [3, 2])
    case .singleExample: try examination.shape(counts: [1])
    case .batchIndependence: try examination.batchIndependence()
    case .determinism: try examination.determinism()
    case .inferenceIsPure: try examination.inferenceIsPure()
    case .connection: try examination.connection()
    case .gradient: try examination.gradient()
    case .finiteness: try examination.finiteness()
    }
  }
}
