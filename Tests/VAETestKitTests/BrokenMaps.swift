import Layers
import TensorCore
import VAECore
import VAETestKit

/// Gives every pass its own number, as a hidden state would.
final class Odometer {
  private var passes = 0.0
  func next() -> Double {
    passes += 1
    return passes
  }
}

/// What can be wrong with a map from rows to rows.
enum Fault: String {
  case shape, singleExample, batchIndependence, determinism, inferenceIsPure, connection, gradient
  case finiteness
}

extension Fault {
  /// `y` as a component with this fault would give it; `state` is a parameter of the component.
  func spoil(_ y: Variable, state: Parameter, odometer: Odometer, _ context: Context) -> Variable {
    let count = y.shape[0]
    switch self {
    case .shape: return Variable.concatenated([y, y], along: y.shape.rank - 1)
    case .singleExample: return count == 1 ? y.reshaped(to: y.shape + [1]) : y
    case .batchIndependence: return y - y.mean(along: 0)
    case .determinism: return y * odometer.next()
    case .inferenceIsPure:
      if !context.isTraining { state.value = state.value + Tensor(1) }
      return y
    case .connection: return y
    case .gradient: return Variable(y.value, inputs: [y]) { g in [g * 1.001] }
    case .finiteness: return (y.squared() * 10).exp() + y
    }
  }
}

struct BrokenEncoder: Encoder {
  let base: MinimalEncoder
  let fault: Fault
  let state = Parameter(.zeros([1]))
  let odometer = Odometer()

  init(_ fault: Fault, using key: inout RandomKey) {
    base = MinimalEncoder(observationShape: [2, 3, 1], featureCount: 4, using: &key)
    self.fault = fault
  }

  var observationShape: Shape { base.observationShape }
  var featureCount: Int { base.featureCount }
  var parts: KeyValuePairs<String, any ModulePart> {
    // Parameters that no result depends on.
    fault == .connection || fault == .inferenceIsPure
      ? ["base": base, "state": state] : ["base": base]
  }

  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable {
    fault.spoil(base(x, &context), state: state, odometer: odometer, context)
  }
}

struct BrokenDecoder: Decoder {
  let base: MinimalDecoder
  let fault: Fault
  let state = Parameter(.zeros([1]))
  let odometer = Odometer()

  init(_ fault: Fault, using key: inout RandomKey) {
    base = MinimalDecoder(latentCount: 2, parameterShape: [2, 3, 1], using: &key)
    self.fault = fault
  }

  var latentCount: Int { base.latentCount }
  var parameterShape: Shape { base.parameterShape }
  var parts: KeyValuePairs<String, any ModulePart> { ["base": base, "state": state] }

  func callAsFunction(_ codes: Variable, _ context: inout Context) -> Variable {
    let codes = fault == .connection ? codes.detached : codes
    // Every fault but those of the state leaves it connected.
    let y = base(codes, &context) + context[state]
    return fault.spoil(y, state: state, odometer: odometer, context)
  }
}
