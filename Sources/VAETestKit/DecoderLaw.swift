internal import Layers
public import TensorCore
public import VAECore

/// What a `Decoder` has to obey.
public enum DecoderLaw: String, CaseIterable, Sendable {
  /// Parameters are `[batch] + parameterShape`.
  case shape
  /// A batch of one code works like any other.
  case singleExample
  /// A code gets alone the parameters it gets in a batch, in inference.
  case batchIndependence
  /// The same key gives the same bytes.
  case determinism
  /// Inference changes no parameter, draws no random numbers and records nothing.
  case inferenceIsPure
  /// A gradient reaches every trained parameter and the codes.
  case connection
  /// Gradients are the slopes of the parameters, in float64.
  case gradient
  /// Codes far from the prior give finite parameters and gradients.
  case finiteness

  /// Throws evidence where the decoder that `make` gives breaks this law.
  ///
  /// `make` gives equal decoders for equal keys.
  public func check<D: Decoder>(
    _ make: @escaping (inout RandomKey) throws -> D
  ) throws(LawViolation) {
    let examination = Examination { key in
      let decoder = try make(&key)
      let latentCount = decoder.latentCount
      return Subject(
        module: decoder, resultShape: decoder.parameterShape,
        inputs: { $1.normal([$0, latentCount]) },
        extremes: { count, key in
          let codes = key.normal([count, latentCount])
          return [0, 30, 1e3].map { codes * $0 }
        }, inputIsConnected: true
      ) { decoder($0, &$1) }
    }
    try judge(self) {
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
}
