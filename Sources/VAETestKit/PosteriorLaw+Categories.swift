internal import Foundation
internal import Layers
public import TensorCore
public import VAECore

extension PosteriorLaw {
  /// Throws evidence where the posterior over integers that `make` gives breaks this law; each place of a code is one of so many
  /// categories.
  ///
  /// `make` gives equal posteriors for equal keys. The laws sum over all codes: there are at most a few thousand.
  public func check<Q: Posterior>(
    categories: Int, _ make: @escaping (inout RandomKey) throws -> Q
  ) throws(LawViolation) where Q.Value == Tensor {
    let laboratory = CategoryLaboratory(categories: categories, make: make)
    try judge(self) {
      switch self {
      case .shape:
        try laboratory.shapes(3)
        try laboratory.examination.shape(counts: [3, 2])
      case .singleExample:
        try laboratory.shapes(1)
        try laboratory.examination.shape(counts: [1])
      case .normalization: try laboratory.normalization()
      case .sampling: try laboratory.sampling()
      case .mean: try laboratory.mean()
      case .batchIndependence: try laboratory.examination.batchIndependence()
      case .determinism:
        try laboratory.examination.determinism()
        try laboratory.sampleDeterminism()
      case .inferenceIsPure: try laboratory.examination.inferenceIsPure()
      case .connection: try laboratory.examination.connection()
      case .gradient: try laboratory.examination.gradient()
      case .finiteness: try laboratory.examination.finiteness()
      case .draws: try laboratory.draws()
      case .repetition: try laboratory.repetition()
      }
    }
  }
}

/// What the laws do to a posterior over integers.
private struct CategoryLaboratory<Q: Posterior> where Q.Value == Tensor {
  let categories: Int
  let make: (inout RandomKey) throws -> Q

  /// log q of one code as a function of the features.
  var examination: Examination {
    Examination { key in
      let posterior = try make(&key)
      let width = posterior.featureCount
      return Subject(
        module: posterior, resultShape: [], inputs: { $1.normal([$0, width]) },
        extremes: { count, key in
          let features = key.normal([count, width])
          return [0, 10].map { features * $0 }
        }, inputIsConnected: true
      ) { features, context in
        let code = Tensor(
          repeating: 0, shape: [features.shape[0]] + posterior.codeShape, dtype: .int32)
        return posterior(features, &context).density(of: code, &context)
      }
    }
  }

  private func distribution(_ count: Int) throws -> (q: Q.Output, shape: Shape) {
    var key = RandomKey(seed: 55)
    let posterior = try make(&key)
    var context = Context.inference(key)
    let features = key.normal([1, posterior.featureCount]).repeating(row: 0, count: count)
    return (posterior(Variable(features), &context), posterior.codeShape)
  }

  /// Every code, a row each.
  private func all(_ shape: Shape) throws -> Tensor {
    let total = pow(Double(categories), Double(shape.count))
    guard total <= 4096 else {
      throw Finding(
        "there are \(total) codes, too many to sum over; give fewer places or categories")
    }
    let codes = (0..<Int(total)).flatMap { code in
      (0..<shape.count).map { place in
        Int32(code / Int(pow(Double(categories), Double(place))) % categories)
      }
    }
    return Tensor(codes, shape: [Int(total)] + shape)
  }

  func shapes(_ count: Int) throws {
    let (q, shape) = try distribution(count)
    var context = Context.inference(RandomKey(seed: 56))
    for (what, codes) in [("a sample", q.sample(&context)), ("the mean", q.mean(&context))] {
      guard codes.shape == [count] + shape, codes.dtype == .int32 else {
        throw Finding(
          "\(what) of \(count) is \(codes.dtype) \(codes.shape), not int32 \([count] + shape)")
      }
      if let odd = codes.integers.first(where: { !(0..<Int32(categories)).contains($0) }) {
        throw Finding("\(what) holds \(odd), which is none of \(categories) categories")
      }
    }
  }

  private func probabilities() throws -> (codes: Tensor, probabilities: [Double]) {
    let codes = try all(try distribution(1).shape)
    var context = Context.inference()
    let logs = try distribution(codes.shape[0]).q.density(of: codes, &context)
    return (codes, logs.value.doubles.map { exp($0) })
  }

  func normalization() throws {
    let mass = try probabilities().probabilities.reduce(0, +)
    guard abs(mass - 1) < 1e-3 else {
      throw Finding("the probabilities of all codes add up to \(mass), not to 1")
    }
  }

  func sampling() throws {
    let (codes, expected) = try probabilities()
    let count = 20_000
    var context = Context.inference(RandomKey(seed: 57))
    let drawn = try distribution(count).q.sample(&context).integers
    let width = codes.shape.dropFirst().count
    var seen: [[Int32]: Int] = [:]
    for row in 0..<count {
      seen[Array(drawn[(row * width)..<((row + 1) * width)]), default: 0] += 1
    }
    for (row, probability) in expected.enumerated() {
      let code = Array(codes.integers[(row * width)..<((row + 1) * width)])
      let share = Double(seen[code, default: 0]) / Double(count)
      let error = (max(probability, 1e-4) / Double(count)).squareRoot()
      guard abs(share - probability) <= 6 * error + 1e-3 else {
        throw Finding(
          "the code \(code) has the probability \(probability), but the share \(share) of \(count) samples"
        )
      }
    }
  }

  func mean() throws {
    let (codes, expected) = try probabilities()
    var context = Context.inference()
    let stated = try distribution(1).q.mean(&context)
    let width = codes.shape.dropFirst().count
    let row = (0..<codes.shape[0]).first {
      Array(codes.integers[($0 * width)..<(($0 + 1) * width)]) == stated.integers
    }
    guard let row, expected[row] >= (expected.max() ?? 0) - 1e-6 else {
      throw Finding("what stands for the mean, \(stated.integers), is not the most probable code")
    }
  }

  func sampleDeterminism() throws {
    let samples = try (0..<2).map { _ in
      var context = Context.inference(RandomKey(seed: 58))
      return try distribution(7).q.sample(&context)
    }
    guard samples[0] == samples[1] else { throw Finding("two samples drawn with one key differ") }
  }

  func draws() throws {
    var context = Context.inference(RandomKey(seed: 59))
    let q = try distribution(50).q
    let drawn = q.draw(against: nil, &context)
    guard let own = drawn.logProbability?().value else { return }
    let log = q.density(of: drawn.value, &context).value
    guard own.relativeDistance(from: log) < 1e-4 else {
      throw Finding("log q of a draw is said to be other than that of the same code")
    }
  }

  func repetition() throws {
    var key = RandomKey(seed: 60)
    let posterior = try make(&key)
    var context = Context.inference(key)
    let features = key.normal([3, posterior.featureCount])
    let rows = Tensor((0..<6).map { $0 / 2 }, shape: [6])
    let code = Tensor(repeating: 0, shape: [6] + posterior.codeShape, dtype: .int32)
    let each = posterior(Variable(features), &context).repeated(2).density(of: code, &context)
    let expected = posterior(Variable(features.gathered(rows, along: 0)), &context)
      .density(of: code, &context)
    guard each.value.relativeDistance(from: expected.value) < 1e-4 else {
      throw Finding("repeated twice, the distributions have other log q than two of each")
    }
  }
}
