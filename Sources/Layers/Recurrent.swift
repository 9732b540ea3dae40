public import TensorCore

/// GRU or LSTM layers over batches of sequences of different lengths, in one or both directions.
///
/// Parameters have the names and layouts of PyTorch's `nn.GRU` and `nn.LSTM`, biases included.
/// A state is one variable for each layer and direction, in PyTorch's order: layer by layer, the
/// forward direction before the other. It is `[batch, stateWidth]`: h, and for LSTM c behind it.
public struct Recurrent: Module {
  /// The kind of cell.
  public let cell: RecurrentCell
  /// Features of a step of the input.
  public let inputCount: Int
  /// Features of the output of one direction.
  public let hiddenCount: Int
  /// Layers, each fed with the one below.
  public let layerCount: Int
  /// Whether a second run goes from the last real step to the first.
  public let isBidirectional: Bool
  private let dropout: Dropout
  private let runs: [Run]

  /// One layer in one direction.
  private struct Run {
    let suffix: String
    let input, recurrent, inputBias, recurrentBias: Parameter
  }

  /// Layers with fresh weights: uniform in ±1/√hidden as PyTorch's are, or each gate's two matrices
  /// drawn by another initializer, with its biases.
  ///
  /// In training, `dropout` is the rate at which elements between two layers become zero.
  public init(
    _ cell: RecurrentCell, _ inputCount: Int, _ hiddenCount: Int, layerCount: Int = 1,
    isBidirectional: Bool = false, dropout: Double = 0, initializer: Initializer = .pytorch,
    using key: inout RandomKey
  ) {
    precondition(layerCount > 0, "\(layerCount) layers")
    (self.cell, self.inputCount, self.hiddenCount) = (cell, inputCount, hiddenCount)
    (self.layerCount, self.isBidirectional) = (layerCount, isBidirectional)
    self.dropout = Dropout(dropout)
    let gates = cell.gateCount * hiddenCount, directions = isBidirectional ? 2 : 1
    func matrix(_ inputCount: Int) -> Parameter {
      guard initializer != .pytorch else {
        return Parameter(
          initializer([gates, inputCount], fanIn: hiddenCount, fanOut: gates, using: &key))
      }
      let matrices = (0..<cell.gateCount).map { _ in
        initializer([hiddenCount, inputCount], fanIn: inputCount, fanOut: hiddenCount, using: &key)
      }
      return Parameter(.concatenated(matrices, along: 0))
    }
    func bias() -> Parameter { initializer.bias(gates, fanIn: hiddenCount, using: &key) }
    var runs: [Run] = []
    for layer in 0..<layerCount {
      for direction in 0..<directions {
        runs.append(
          Run(
            suffix: "l\(layer)" + (direction == 0 ? "" : "_reverse"),
            input: matrix(layer == 0 ? inputCount : directions * hiddenCount),
            recurrent: matrix(hiddenCount), inputBias: bias(), recurrentBias: bias()))
      }
    }
    self.runs = runs
  }

  /// Features of a step of the output.
  public var outputCount: Int { (isBidirectional ? 2 : 1) * hiddenCount }

  /// How many variables a state is: one a layer and direction.
  public var stateCount: Int { runs.count }

  /// Elements a row of each of them has.
  public var stateWidth: Int { cell.stateCount * hiddenCount }

  /// Visits the weights by PyTorch's names, such as "weight_ih_l0_reverse".
  public func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void) {
    let prefix = name.isEmpty ? "" : "\(name)."
    for run in runs {
      visit("\(prefix)weight_ih_\(run.suffix)", run.input)
      visit("\(prefix)weight_hh_\(run.suffix)", run.recurrent)
      visit("\(prefix)bias_ih_\(run.suffix)", run.inputBias)
      visit("\(prefix)bias_hh_\(run.suffix)", run.recurrentBias)
    }
  }

  /// The last layer's h after each step, `[batch, time, outputCount]` with zeros in the padding, and
  /// each row's state after its own last step.
  ///
  /// `x` is `[batch, time, inputCount]`, `lengths` from 1 to its time axis; `initial` are zeros
  /// where it is nil.
  public func callAsFunction(
    _ x: Variable, lengths: [Int], initial: [Variable]? = nil, _ context: inout Context
  ) -> (output: Variable, final: [Variable]) {
    precondition(
      initial?.count ?? stateCount == stateCount,
      "\(initial?.count ?? 0) first states for \(stateCount) layers and directions")
    let directions = isBidirectional ? 2 : 1, time = x.shape[1]
    var output = x
    var final: [Variable] = []
    for layer in 0..<layerCount {
      if layer > 0 { output = dropout(output, &context) }
      var hidden: [Variable] = []
      for direction in 0..<directions {
        let at = layer * directions + direction, run = runs[at]
        let weights = RecurrentWeights(
          input: context[run.input], recurrent: context[run.recurrent],
          inputBias: context[run.inputBias], recurrentBias: context[run.recurrentBias])
        let first =
          initial?[at] ?? Variable(.zeros([lengths.count, stateWidth], dtype: x.dtype))
        let states = output.recurrent(
          cell, weights, initial: first, lengths: lengths, reversed: direction == 1)
        hidden.append(self.hidden(of: states))
        let last = lengths.enumerated().map { row, length in
          row * time + (direction == 1 ? 0 : length - 1)
        }
        final.append(
          states.reshaped(to: [-1, stateWidth])
            .gathered(Tensor(last, shape: [last.count]), along: 0))
      }
      output = hidden.count == 1 ? hidden[0] : .concatenated(hidden, along: -1)
    }
    return (output, final)
  }

  /// The h of a state `[..., stateWidth]`: `[..., hiddenCount]`.
  public func hidden(of state: Variable) -> Variable {
    cell.stateCount == 1 ? state : state.sliced(along: -1, 0..<hiddenCount)
  }

  /// One step in generation, without a tape: the output `[batch, hiddenCount]` and the next state
  /// for `x` `[batch, inputCount]`, in one direction.
  public func step(_ x: Tensor, _ state: [Tensor]) -> (output: Tensor, state: [Tensor]) {
    precondition(!isBidirectional, "a step needs what follows it, which is not there yet")
    var context = Context.inference()
    let (output, final) = self(
      Variable(x.expanded(at: 1)), lengths: Array(repeating: 1, count: x.shape[0]),
      initial: state.map { Variable($0) }, &context)
    return (output.value.reshaped(to: [x.shape[0], outputCount]), final.map(\.value))
  }
}
