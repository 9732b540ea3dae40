internal import Layers
internal import TensorCore

/// A component seen as a map from rows of numbers to rows of numbers: what most laws speak about.
struct Subject {
  /// Owns the parameters.
  let module: any Module
  /// Shape of a result, without the batch axis.
  let resultShape: Shape
  /// Inputs for a batch of the given size.
  let inputs: (_ count: Int, _ key: inout RandomKey) -> Tensor
  /// Inputs as extreme as the component has to bear.
  let extremes: (_ count: Int, _ key: inout RandomKey) -> [Tensor]
  /// Whether a gradient has to reach the input.
  let inputIsConnected: Bool
  /// How many of the input's columns a gradient belongs to, where it is not all of them.
  var connectedColumns: Int?
  /// What training steps by a pass, where it is not all of the module.
  var trained: [Parameter]?
  /// One pass.
  let run: (_ input: Variable, _ context: inout Context) -> Variable

  /// What training steps by a pass, by name.
  var targets: [(name: String, parameter: Parameter)] {
    let own = trained.map { Set($0.map(ObjectIdentifier.init)) }
    return module.namedParameters.filter {
      $0.parameter.isTrainable && own?.contains(ObjectIdentifier($0.parameter)) ?? true
    }
  }
}

/// Runs checks on subjects made afresh, from the same key every time.
struct Examination {
  let make: (inout RandomKey) throws -> Subject

  func subject(seed: UInt64 = 11) throws -> Subject {
    var key = RandomKey(seed: seed)
    return try make(&key)
  }

  /// Results have the promised shape, in training and in use.
  func shape(counts: [Int]) throws {
    let subject = try subject()
    var key = RandomKey(seed: 12)
    for count in counts {
      let x = Variable(subject.inputs(count, &key))
      for (mode, context) in [("training", Context.training(key)), ("inference", .inference(key))] {
        var context = context
        let result = subject.run(x, &context)
        let expected = [count] + subject.resultShape
        guard result.shape == expected else {
          throw Finding(
            "a batch of \(count) gave \(result.shape) in \(mode), where \(expected) was promised")
        }
        guard result.value.isFinite else {
          throw Finding("a batch of \(count) gave NaN or infinity in \(mode)")
        }
      }
    }
  }

  /// An example gets alone what it gets among others, when the component is in use.
  func batchIndependence() throws {
    let subject = try subject()
    var key = RandomKey(seed: 13)
    let x = subject.inputs(4, &key)
    var context = Context.inference(key)
    let together = subject.run(Variable(x), &context).value
    for row in 0..<4 {
      var context = Context.inference(key)
      let alone = subject.run(Variable(x.sliced(along: 0, row..<(row + 1))), &context).value
      let distance = alone.relativeDistance(from: together.sliced(along: 0, row..<(row + 1)))
      guard distance < 1e-4 else {
        throw Finding(
          "example \(row) of a batch of 4 gets another result alone: they differ by \(distance)")
      }
    }
  }

  /// What fills sequences up to one length changes no result, when the component is in use.
  ///
  /// `refilled` gives an input with other padding.
  func padding(refilled: (Tensor, inout RandomKey) -> Tensor) throws {
    let subject = try subject()
    var key = RandomKey(seed: 19)
    let x = subject.inputs(4, &key)
    let results = [x, refilled(x, &key)].map { input in
      var context = Context.inference(key)
      return subject.run(Variable(input), &context).value
    }
    let distance = results[0].relativeDistance(from: results[1])
    guard distance < 1e-6 else {
      throw Finding(
        "results differ by \(distance) where nothing but the steps beyond each sequence's length does"
      )
    }
  }

  /// The same key gives the same bytes, of results and of what a pass moves: of two components made
  /// alike, and of one asked twice.
  func determinism() throws {
    let (first, second) = (try subject(), try subject())
    var key = RandomKey(seed: 14)
    let x = Variable(first.inputs(3, &key))
    let results = [first, first, second].map { subject in
      let start = Buffers(of: subject.module)
      defer { start.restore() }
      var context = Context.training(key)
      let result = subject.run(x, &context).value
      return [result] + start.now
    }
    guard results[0] == results[1] else {
      throw Finding("two passes over one input with one key gave different numbers")
    }
    guard results[0] == results[2] else {
      throw Finding("two components made from one key gave different numbers")
    }
    try capture(in: "training", { .training($0) }, .float32)
    try capture(in: "inference", { .observed($0) }, .float32)
  }

  /// A pass in use changes no parameter, draws nothing and keeps nothing for gradients.
  func inferenceIsPure() throws {
    let subject = try subject()
    var key = RandomKey(seed: 15)
    let x = Variable(subject.inputs(3, &key))
    let before = subject.module.namedParameters.map { ($0.name, $0.parameter.value) }
    var (one, other) = (Context.inference(key.split()), Context.inference(key.split()))
    let results = (subject.run(x, &one), subject.run(x, &other))
    guard results.0.value == results.1.value else {
      throw Finding("the result in use depends on the random key")
    }
    guard !results.0.requiresGradient else {
      throw Finding(
        "a pass that records no gradients kept a tape; read parameters through the context")
    }
    for ((name, old), now) in zip(before, subject.module.namedParameters) {
      guard old == now.parameter.value else {
        throw Finding("a pass in use changed the parameter '\(name)'")
      }
    }
  }

  /// Training reaches every parameter.
  func connection() throws {
    let subject = try subject()
    var key = RandomKey(seed: 16)
    let x = Variable(subject.inputs(3, &key), requiresGradient: true)
    var context = Context.training(key)
    let result = subject.run(x, &context)
    let loss = (result * Variable(key.normal(result.shape))).sum()
    let named = subject.targets
    let gradients = loss.gradient(withRespectTo: named.map(\.parameter))
    let detached = zip(named, gradients).filter { $0.1 == nil }.map { "'\($0.0.name)'" }
    guard detached.isEmpty else {
      throw Finding("no gradient reaches \(detached.joined(separator: ", "))")
    }
    if subject.inputIsConnected && loss.gradient(withRespectTo: [x])[0] == nil {
      throw Finding("no gradient reaches the input")
    }
  }

  /// Extreme inputs give finite results and gradients.
  func finiteness() throws {
    let subject = try subject()
    var key = RandomKey(seed: 18)
    for input in subject.extremes(3, &key) {
      let x = Variable(input, requiresGradient: subject.inputIsConnected)
      var context = Context.observed(key)
      let result = subject.run(x, &context)
      let seen = input.range.map { "inputs between \($0.lowerBound) and \($0.upperBound)" }
      guard result.value.isFinite else {
        throw Finding("\(seen ?? "an extreme input") gave NaN or infinity")
      }
      let named = subject.targets
      let gradients = result.sum().gradient(withRespectTo: named.map(\.parameter))
      var parts = Array(zip(named.map { "'\($0.name)'" }, gradients))
      parts.append(("the input", result.sum().gradient(withRespectTo: [x])[0]))
      for (name, gradient) in parts where gradient?.isFinite == false {
        throw Finding(
          "\(seen ?? "an extreme input") gave \(name) a gradient of NaN or infinity")
      }
    }
  }
}

/// The buffers of a module as they stood, so that passes that move them can start alike.
struct Buffers {
  private let all: [(name: String, parameter: Parameter, value: Tensor)]

  init(of module: any Module) {
    all = module.namedParameters.filter { !$0.parameter.isTrainable }.map {
      ($0.name, $0.parameter, $0.parameter.value)
    }
  }

  /// The values by now.
  var now: [Tensor] { all.map(\.parameter.value) }

  /// The name of one that has changed.
  var moved: String? { all.first { $0.parameter.value != $0.value }?.name }

  func restore() { for (_, parameter, value) in all { parameter.value = value } }
}
