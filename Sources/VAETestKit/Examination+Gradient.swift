internal import Layers
internal import TensorCore

extension Examination {
  private var modes: [(String, (RandomKey) -> Context)] {
    [("training", { .training($0) }), ("inference", { .observed($0) })]
  }

  /// Gradients of a captured pass are those of the pass as it is written.
  func capturedGradient() throws {
    for (mode, start) in modes { try capture(in: mode, start, .float64) }
  }

  /// Gradients of parameters and of the input are the slopes of the result, while buffers stand
  /// still: nothing flows back through what a pass moves.
  func gradient() throws {
    for (mode, start) in modes {
      let subject = try subject()
      var key = RandomKey(seed: 17)
      let input = subject.inputs(3, &key).converted(to: .float64)
      let columns = subject.connectedColumns
      let x = Parameter(
        columns.map { input.sliced(along: 1, 0..<$0) } ?? input,
        isTrainable: subject.inputIsConnected)
      let rest = columns.map { input.sliced(along: 1, $0..<input.shape[1]) }
      subject.module.convert(to: .float64)
      subject.module.leaveKinks(using: &key)
      let passKey = key.split()
      var context = start(passKey)
      // Moves buffers away from where they begin.
      let weights = Variable(
        key.normal(subject.run(Variable(input), &context).shape, dtype: .float64))
      var checked = subject.targets
      if subject.inputIsConnected { checked.append(("input", x)) }
      let held = Set(checked.map { ObjectIdentifier($0.parameter) })
      let buffers = Buffers(of: subject.module)
      do {
        try GradientCheck()(checked, using: &key) {
          var context = start(passKey)
          context.trained = held
          let moved = context[x]
          let all = rest.map { Variable.concatenated([moved, Variable($0)], along: 1) } ?? moved
          return (subject.run(all, &context) * weights).sum()
        }
      } catch {
        if let name = buffers.moved {
          throw Finding(
            "in \(mode), a pass moves '\(name)', which it does not train; ask context.moves(buffer)"
          )
        }
        throw Finding("in \(mode), \(error)")
      }
    }
    try capturedGradient()
  }

  /// A captured pass, its gradients and what it moves are those of the pass as it is written, to the
  /// last bit.
  func capture(
    in mode: String, _ start: @escaping (RandomKey) -> Context, _ dtype: DType
  ) throws {
    let subject = try subject()
    var key = RandomKey(seed: 20)
    // The first pass is let pass and two are recorded; then it runs alone.
    let inputs = (0..<5).map { _ in subject.inputs(3, &key).converted(to: dtype) }
    subject.module.convert(to: dtype)
    let targets = subject.targets.map(\.parameter)
    let capture = Capture(subject.module.namedParameters.map(\.parameter))
    for input in inputs {
      subject.module.leaveKinks(using: &key)
      let passKey = key.split()
      func pass() -> [Tensor?] {
        var context = start(passKey)
        let result = subject.run(Variable(input), &context)
        return [result.value] + result.sum().gradient(withRespectTo: targets)
      }
      let buffers = Buffers(of: subject.module)
      let written = pass() + buffers.now
      buffers.restore()
      let captured = capture([], inputs: [input], key: passKey, pass) + buffers.now
      for (i, tensor) in captured.enumerated() where tensor != written[i] {
        let what = i == 0 ? "result" : i <= targets.count ? "gradient" : "value of a buffer"
        throw Finding(
          "in \(mode), a captured pass in \(dtype) has another \(what) than the pass as written; "
            + "does it depend on more than its input, its parameters and its key?")
      }
    }
  }
}

extension Module {
  /// Moves every trained parameter a little, away from points such as a zero bias where a ReLU has
  /// no slope.
  func leaveKinks(using key: inout RandomKey) {
    for parameter in trainableParameters {
      let value = parameter.value
      parameter.value = value + key.normal(value.shape, deviation: 0.01, dtype: value.dtype)
    }
  }
}
