internal import Layers
public import TensorCore
public import VAECore

/// What a `Likelihood` has to obey.
public enum LikelihoodLaw: String, CaseIterable, Sendable {
  /// Parameters of the shape it asks for give log p as `[batch]`, and means and samples as
  /// observations.
  case shape
  /// A batch of one observation works like any other.
  case singleExample
  /// The probabilities of all observations add up to one.
  case normalization
  /// Samples are distributed as log p says.
  case sampling
  /// The mean is that of the samples; of tokens, it is the most probable one.
  case mean
  /// What it draws is accepted; NaN and infinity, and tokens outside the vocabulary, are refused.
  case validation
  /// An observation gets alone the log p it gets in a batch, whatever fills the shorter sequences
  /// up.
  case batchIndependence
  /// The same key gives the same bytes.
  case determinism
  /// Inference changes no parameter, draws no random numbers and records nothing.
  case inferenceIsPure
  /// A gradient reaches every trained parameter and the decoder's output.
  case connection
  /// Gradients are the slopes of log p, in float64.
  case gradient
  /// Parameters as large as 1,000 give finite log p and gradients.
  case finiteness

  /// Throws evidence where the likelihood that `make` gives breaks this law.
  ///
  /// `make` gives equal likelihoods for equal keys. Normalization and sampling sum over all
  /// observations, so they have at most two elements; two show whether log p is a sum over elements
  /// or a mean.
  public func check<L: Likelihood<Tensor>>(
    observationShape shape: Shape = [1, 2, 1], _ make: @escaping (inout RandomKey) throws -> L
  ) throws(LawViolation) {
    let laboratory = LikelihoodLaboratory(shape: shape, make: make)
    try judge(self) { try check(laboratory, laboratory.examination) }
  }

  func check(
    _ laboratory: LikelihoodLaboratory<some Likelihood<Tensor>>, _ examination: Examination
  ) throws {
    switch self {
    case .shape:
      try laboratory.shapes()
      try examination.shape(counts: [3, 2])
    case .singleExample: try examination.shape(counts: [1])
    case .normalization: try laboratory.forEachDensity { try $0.checkNormalization() }
    case .sampling: try laboratory.forEachDensity { try $0.checkSampling() }
    case .mean: try laboratory.means()
    case .validation: try laboratory.validation()
    case .batchIndependence: try examination.batchIndependence()
    case .determinism:
      try examination.determinism()
      try laboratory.sampleDeterminism()
    case .inferenceIsPure: try examination.inferenceIsPure()
    case .connection: try examination.connection()
    case .gradient: try examination.gradient()
    case .finiteness: try examination.finiteness()
    }
  }
}

/// What the laws do to a likelihood.
struct LikelihoodLaboratory<L: Likelihood<Tensor>> {
  let shape: Shape
  let make: (inout RandomKey) throws -> L

  private func likelihood() throws -> L {
    var key = RandomKey(seed: 31)
    return try make(&key)
  }

  /// log p of an observation as a function of the parameters, or the mean where there is none; the input holds both, side by side.
  var examination: Examination {
    Examination { key in
      let likelihood = try make(&key)
      let parameterShape = likelihood.parameterShape(forObservation: shape)
      let split = parameterShape.count
      func inputs(_ count: Int, _ deviation: Double, _ key: inout RandomKey) -> Tensor {
        let usual = key.normal([count] + parameterShape)
        let x = likelihood.sample(given: usual, using: &key)
        return .sideBySide([usual * deviation, x])
      }
      return Subject(
        module: likelihood, resultShape: L.Output.hasDensity ? [] : [shape.count],
        inputs: { inputs($0, 1, &$1) },
        extremes: { [inputs($0, 0, &$1), inputs($0, 30, &$1), inputs($0, 300, &$1)] },
        inputIsConnected: true, connectedColumns: split
      ) { input, context in
        let (count, width) = (input.shape[0], input.shape[1])
        let parameters = input.sliced(along: 1, 0..<split).reshaped(to: [count] + parameterShape)
        guard L.Output.hasDensity else {
          return likelihood(parameters, &context).mean(&context).flattenedPerExample()
        }
        return likelihood.density(
          of: input.value.sliced(along: 1, split..<width).reshaped(to: [count] + shape),
          given: parameters, &context)
      }
    }
  }

  func shapes() throws {
    let likelihood = try likelihood()
    var key = RandomKey(seed: 32)
    for shape in [shape, [3, 1, 2], [1, 5, 3]] where shape.rank == self.shape.rank {
      let parameters = key.normal([2] + likelihood.parameterShape(forObservation: shape))
      let mean = likelihood.mean(given: parameters)
      let sample = likelihood.sample(given: parameters, using: &key)
      for (what, x) in [("mean", mean), ("sample", sample)] where x.shape != [2] + shape {
        throw Finding("the \(what) of 2 observations \(shape) has the shape \(x.shape)")
      }
      var context = Context.inference(key)
      guard L.Output.hasDensity else { continue }
      let logs = likelihood.density(of: sample, given: Variable(parameters), &context)
      guard logs.shape == [2] else {
        throw Finding("log p of 2 observations \(shape) has the shape \(logs.shape), not [2]")
      }
    }
  }

  /// Calls `body` with p(x | parameters) for several parameters.
  ///
  /// Of one that has no density there is nothing to sum.
  func forEachDensity(_ body: (DensityCheck) throws -> Void) throws {
    guard L.Output.hasDensity else { return }
    guard (1...2).contains(shape.count) else {
      throw Finding(
        "sums over all observations need observations of one or two elements, not \(shape)")
    }
    try forEachParameters { likelihood, parameters, samples in
      try body(
        DensityCheck(
          name: "parameters \(parameters.doubles)", samples: samples,
          accepts: { value in
            accepts(Tensor(repeating: value, shape: [1] + shape), likelihood)
          },
          logProbability: { x in
            var context = Context.inference()
            let repeated = Variable(parameters.repeating(row: 0, count: x.shape[0]))
            return likelihood.density(
              of: x.reshaped(to: [x.shape[0]] + shape), given: repeated, &context
            ).value
          }))
    }
  }

  func means() throws {
    try forEachParameters { likelihood, parameters, samples in
      let density = DensityCheck(
        name: "parameters \(parameters.doubles)", samples: samples, accepts: { _ in true },
        logProbability: { $0 })
      try density.checkMean(likelihood.mean(given: parameters).doubles)
    }
  }

  private func forEachParameters(
    _ body: (_ likelihood: L, _ parameters: Tensor, _ samples: Tensor) throws -> Void
  ) throws {
    let likelihood = try likelihood()
    var key = RandomKey(seed: 33)
    for _ in 0..<3 {
      let parameters = key.normal([1] + likelihood.parameterShape(forObservation: shape))
      let count = 20_000
      let samples = likelihood.sample(
        given: parameters.repeating(row: 0, count: count), using: &key)
      try body(likelihood, parameters, samples.reshaped(to: [count, shape.count]))
    }
  }

  /// What the likelihood draws is accepted; a few drawn observations.
  @discardableResult
  func acceptance() throws -> Tensor {
    let likelihood = try likelihood()
    var key = RandomKey(seed: 34)
    let parameters = key.normal([50] + likelihood.parameterShape(forObservation: shape))
    let x = likelihood.sample(given: parameters, using: &key)
    do { try likelihood.validate(x) } catch {
      throw Finding("an observation that the likelihood drew is refused: \(error)")
    }
    return x
  }

  func validation() throws {
    let likelihood = try likelihood()
    let x = try acceptance()
    for bad in [Double.nan, .infinity, -.infinity] {
      var values = x.floats
      values[values.count - 1] = Float(bad)
      guard !accepts(Tensor(values, shape: x.shape), likelihood) else {
        throw Finding("an observation that holds \(bad) is accepted")
      }
    }
  }

  func sampleDeterminism() throws {
    let likelihood = try likelihood()
    var key = RandomKey(seed: 35)
    let parameters = key.normal([3] + likelihood.parameterShape(forObservation: shape))
    var (one, other) = (key, key)
    guard
      likelihood.sample(given: parameters, using: &one)
        == likelihood.sample(given: parameters, using: &other)
    else { throw Finding("two samples drawn with one key differ") }
  }

  private func accepts(_ x: Tensor, _ likelihood: L) -> Bool {
    do {
      try likelihood.validate(x)
      return true
    } catch { return false }
  }
}

extension Likelihood {
  /// log p(x | z) in nats, `[batch]`, of what promises to have one.
  func density(
    of x: Observation, given parameters: Variable, _ context: inout Context
  ) -> Variable { self(parameters, &context).density(of: x.value, &context) }
}
