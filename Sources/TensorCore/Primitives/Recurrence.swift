internal import CTensorKernels

/// A recurrent cell: how a state and a step's input make the next state.
public enum RecurrentCell: String, Sendable, Hashable, Codable, CaseIterable {
  /// The gated recurrent unit: gates r, z and the candidate n.
  ///
  /// - Source: Cho et al., arXiv:1406.1078, in the form of cuDNN and PyTorch: n = tanh(x + r (W h + b)).
  case gru
  /// Long short-term memory: gates i, f, the candidate g, and o.
  ///
  /// - Source: Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000.
  case lstm

  /// How many hidden vectors its weights make at a step, in PyTorch's order.
  public var gateCount: Int { self == .gru ? 3 : 4 }

  /// How many hidden vectors its state is: h, and for LSTM the memory c behind it.
  public var stateCount: Int { self == .gru ? 1 : 2 }
}

/// The weights of a recurrent cell, as PyTorch stores them.
public struct RecurrentWeights {
  /// By the input, `[gateCount * hidden, in]`.
  public var input: Variable
  /// By the hidden vector before, `[gateCount * hidden, hidden]`.
  public var recurrent: Variable
  /// Beside the input's product, `[gateCount * hidden]`.
  public var inputBias: Variable
  /// Beside the recurrent product, `[gateCount * hidden]`.
  public var recurrentBias: Variable

  /// Weights that belong together.
  public init(
    input: Variable, recurrent: Variable, inputBias: Variable, recurrentBias: Variable
  ) {
    (self.input, self.recurrent) = (input, recurrent)
    (self.inputBias, self.recurrentBias) = (inputBias, recurrentBias)
  }
}

extension Variable {
  /// The states of a recurrent cell after each step of this input `[batch, time, in]`: `[batch, time, stateCount *
  /// hidden]`, zero from a row's length on.
  ///
  /// Each row starts from its `initial` `[batch, stateCount * hidden]` at its first step, or at its last real one and toward
  /// the first where `reversed`. `lengths` are from 1 to the time axis. A state holds h, and for LSTM c behind it.
  public func recurrent(
    _ cell: RecurrentCell, _ weights: RecurrentWeights, initial: Variable, lengths: [Int],
    reversed: Bool = false
  ) -> Variable {
    precondition(
      shape.rank == 3 && lengths.count == shape[0]
        && lengths.allSatisfy { $0 >= 1 && $0 <= shape[1] },
      "lengths \(lengths) do not fit the input \(shape)")
    let (batch, time, hidden) = (shape[0], shape[1], weights.recurrent.shape[-1])
    let gateWidth = cell.gateCount * hidden, stateWidth = cell.stateCount * hidden
    precondition(
      weights.recurrent.shape == [gateWidth, hidden] && weights.input.shape[0] == gateWidth
        && weights.recurrentBias.shape == [gateWidth] && initial.shape == [batch, stateWidth],
      "\(cell) weights \(weights.input.shape), \(weights.recurrent.shape) and first state "
        + "\(initial.shape) do not fit the input \(shape)")
    for other in [weights.recurrent, weights.recurrentBias, initial] {
      other.requireFormat(of: self)
    }
    let run = Recurrence(
      cell: cell, shape: [batch, time, hidden], lengths: lengths.map(Int64.init),
      reversed: reversed, isRounded: weights.recurrent.productFormat == .bfloat16)
    let format = weights.recurrent.productFormat
    let w = weights.recurrent.operand(as: format), start = initial.value
    // The input's share has an adjoint of its own: the layer before it.
    let share = linear(weights.input, bias: weights.inputBias)
    let inputs = [share, weights.recurrent, weights.recurrentBias, initial]
    let keeps = inputs.contains { $0.requiresGradient }
    let (states, gates, kept) = run.forward(
      gates: share.takeValue(), w, weights.recurrentBias.value, start, keeps: keeps)
    return Variable(
      states, inputs: inputs,
      name: "recurrent; linear layers, sigmoid() and tanh() step by step in its place have one"
    ) { g in
      let by = run.backward(w, start, gates: gates, kept: kept, states, g)
      let dshare = by.share.reshaped(to: [batch * time, gateWidth])
      let before = by.before.reshaped(to: [batch * time, hidden]).converted(to: format)
      return [
        by.gates, dshare.converted(to: format).matmul(before, transposeSelf: true),
        dshare.sum(along: 0), by.initial,
      ]
    }
  }
}

/// One run of a cell over a batch.
private struct Recurrence: Equatable {
  let cell: RecurrentCell
  /// `[batch, time, hidden]`.
  let shape: Shape
  let lengths: [Int64]
  let reversed: Bool
  let isRounded: Bool

  fileprivate func call(_ body: (inout vae_recurrence) -> Void) {
    lengths.withUnsafeBufferPointer { lengths in
      var plan = vae_recurrence(
        cell: cell == .gru ? VAE_GRU : VAE_LSTM, reversed: reversed ? 1 : 0,
        rounds: isRounded ? 1 : 0, batch: Int64(shape[0]), time: Int64(shape[1]),
        hidden: Int64(shape[2]),
        lengths: lengths.baseAddress)
      body(&plan)
    }
  }

  /// The product with the recurrent weight at every step.
  fileprivate var operations: Double {
    2 * Double(shape.count) * Double(shape[2] * cell.gateCount)
  }

  func forward(
    gates share: consuming Tensor, _ w: Tensor, _ bias: Tensor, _ initial: Tensor, keeps: Bool
  ) -> (states: Tensor, gates: Tensor, kept: Tensor?) {
    var gates = share
    let dtype = gates.dtype
    let kept = keeps && cell == .gru ? Tensor(unwritten: shape, dtype) : nil
    let states = Tensor(
      unwritten: [shape[0], shape[1], cell.stateCount * shape[2]], dtype)
    gates.modify(
      by: RecurrenceForward(dtype: dtype.kernel, recurrence: self), reading: w, bias, initial,
      writing: kept, states)
    return (states, gates, kept)
  }

  func backward(
    _ w: Tensor, _ initial: Tensor, gates: Tensor, kept: Tensor?, _ states: Tensor, _ g: Tensor
  ) -> (gates: Tensor, share: Tensor, before: Tensor, initial: Tensor) {
    func empty(_ shape: Shape) -> Tensor { Tensor(unwritten: shape, g.dtype) }
    let byGates = empty(gates.shape), byShare = cell == .gru ? empty(gates.shape) : nil
    let before = empty(shape), byInitial = empty(initial.shape)
    launch(
      RecurrenceBackward(dtype: g.dtype.kernel, recurrence: self),
      reading: [w, initial, gates, kept, states, g],
      writing: [byGates, byShare, before, byInitial])
    return (byGates, byShare ?? byGates, before, byInitial)
  }
}

/// Reads the weight, its bias and the first state; writes what the pullback keeps, the states, and the gates in the place
/// of the inputs' share.
private struct RecurrenceForward: Kernel {
  let dtype: vae_dtype
  let recurrence: Recurrence
  var name: String { "\(recurrence.cell)" }
  var operations: Double { recurrence.operations }

  func run(_ memory: Operands) {
    recurrence.call {
      vae_recurrence_forward(
        dtype, &$0, memory[0], memory[1], memory[2], memory[5], memory[3], memory[4])
    }
  }
}

private struct RecurrenceBackward: Kernel {
  let dtype: vae_dtype
  let recurrence: Recurrence
  var name: String { "\(recurrence.cell) pullback" }
  var operations: Double { recurrence.operations }

  func run(_ memory: Operands) {
    recurrence.call {
      vae_recurrence_backward(
        dtype, &$0, memory[0], memory[1], memory[2], memory[3], memory[4], memory[5], memory[6],
        memory[7], memory[8], memory[9])
    }
  }
}
