internal import Layers
internal import TensorCore

/// How a Transformer tells the places of steps apart.
public enum Positions: Sendable, Hashable {
  /// Sines and cosines; sequences may have any length.
  case sinusoidal
  /// A learned vector for each place, of which there are so many.
  case learned(limit: Int)
}

/// Adds a vector to each step that tells its place.
struct PositionalEncoding: Module {
  let table: Embedding?
  let width: Int

  init(_ positions: Positions, width: Int, using key: inout RandomKey) {
    self.width = width
    switch positions {
    case .sinusoidal: table = nil
    case .learned(let limit):
      table = Embedding(limit, width, initializer: .normal(deviation: 0.02), using: &key)
    }
  }

  var parts: KeyValuePairs<String, any ModulePart> { ["table": table] }

  /// Steps that there are places for; nil where there is no limit.
  var maximumLength: Int? { table?.weight.shape[0] }

  /// `x` `[batch, time, width]`, whose first step stands at `start`, with its places.
  func callAsFunction(_ x: Variable, from start: Int = 0, _ context: inout Context) -> Variable {
    let places = start..<(start + x.shape[1])
    if let table {
      precondition(
        places.upperBound <= table.weight.shape[0],
        "there are places for \(table.weight.shape[0]) steps, not for \(places.upperBound)")
      return x + context[table.weight].sliced(along: 0, places)
    }
    return x + Variable(.sinusoidalPositions(places, width: width, dtype: x.dtype))
  }
}
