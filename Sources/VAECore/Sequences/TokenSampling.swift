internal import TensorCore

/// Draws tokens from what is left of their probabilities.
struct TokenSampling {
  let temperature: Double
  let topK: Int?
  let nucleus: Double?

  init(temperature: Double, topK: Int?, nucleus: Double?) {
    precondition(temperature > 0, "a temperature is above 0, not \(temperature)")
    precondition(topK.map { $0 > 0 } ?? true, "at least one token remains, not \(topK ?? 0)")
    precondition(
      nucleus.map { $0 > 0 && $0 <= 1 } ?? true, "a nucleus lies in 0...1, not at \(nucleus ?? 0)")
    self.temperature = temperature
    self.topK = topK
    self.nucleus = nucleus
  }

  /// A token for each row of log probabilities: the one in whose share of the probability the row's
  /// place, uniform in [0, 1), falls.
  func draw(_ logProbabilities: Tensor, at places: [Double]) -> [Int] {
    let scaled = Variable(logProbabilities.converted(to: .float32) * (1 / temperature))
    return scaled.softmax(along: 1).value.withRows { row, probabilities in
      if topK == nil && nucleus == nil {
        return probabilities.place(places[row], among: probabilities.indices)
      }
      return probabilities.place(places[row], among: remaining(probabilities))
    }
  }

  /// The tokens that may be drawn, most probable first.
  func remaining(_ probabilities: UnsafeBufferPointer<Float>) -> [Int] {
    guard let nucleus else { return probabilities.largest(topK ?? probabilities.count) }
    // A nucleus is small as a rule, so that few tokens have to be put in order.
    var count = topK ?? 64
    while true {
      let tokens = probabilities.largest(count)
      let all = topK == nil ? 1 : tokens.reduce(0) { $0 + Double(probabilities[$1]) }
      var mass = 0.0
      let last = tokens.firstIndex { token in
        mass += Double(probabilities[token])
        return mass >= nucleus * all
      }
      if let last { return Array(tokens[...last]) }
      if topK != nil || count >= probabilities.count { return tokens }
      count *= 8
    }
  }
}

extension Tensor {
  /// What `body` makes of each row of this float32 matrix.
  func withRows<R>(_ body: (_ row: Int, UnsafeBufferPointer<Float>) -> R) -> [R] {
    let width = shape[1]
    return withUnsafeBytes { bytes in
      let elements = bytes.bindMemory(to: Float.self)
      return (0..<shape[0]).map { row in
        body(row, UnsafeBufferPointer(rebasing: elements[(row * width)..<((row + 1) * width)]))
      }
    }
  }
}

extension UnsafeBufferPointer<Float> {
  /// The places of the `count` largest elements, largest first; of equal ones the first comes first.
  func largest(_ count: Int) -> [Int] {
    func precedes(_ i: Int, _ j: Int) -> Bool {
      self[i] > self[j] || (self[i] == self[j] && i < j)
    }
    // Keeping a few in order is quicker than sorting all, until they are many.
    guard count < self.count / 4 else {
      return Array(indices.sorted(by: precedes).prefix(count))
    }
    var best: [Int] = []
    best.reserveCapacity(count)
    for i in indices {
      if best.count == count {
        guard self[i] > self[best[count - 1]] else { continue }
        best.removeLast()
      }
      var (low, high) = (0, best.count)
      while low < high {
        let middle = (low + high) / 2
        if precedes(i, best[middle]) { high = middle } else { low = middle + 1 }
      }
      best.insert(i, at: low)
    }
    return best
  }

  /// The element in whose share of the sum over `places` the point at `share`, in [0, 1), falls.
  fileprivate func place(_ share: Double, among places: some BidirectionalCollection<Int>) -> Int {
    var left = share * places.reduce(0) { $0 + Double(self[$1]) }
    var last = places.first ?? 0
    for place in places where self[place] > 0 {
      last = place
      left -= Double(self[place])
      if left < 0 { break }
    }
    return last
  }
}
