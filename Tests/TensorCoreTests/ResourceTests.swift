import Foundation
import TensorCore
import Testing

/// Memory, tasks and traps.
@Suite struct ResourceTests {
  /// After the first steps a training loop lives on blocks it already has.
  ///
  /// In a process of its own, since other tests allocate too.
  @Test func trainingAllocatesNothingAfterTheFirstSteps() async {
    await #expect(processExitsWith: .success) {
      var key = RandomKey(seed: 1)
      var weights = [key.normal([32, 20]), key.normal([32]), key.normal([20, 32])]
      let x = key.uniform([17, 20])
      func step() {
        let w = weights.map { Variable($0, requiresGradient: true) }
        let hidden = Variable(x).linear(w[0], bias: w[1], activation: .relu)
        let loss = hidden.linear(w[2], bias: nil).bernoulliLogProbability(of: x).mean()
        for (i, gradient) in loss.gradient(withRespectTo: w).enumerated() {
          if let gradient { weights[i] = weights[i] + gradient * 0.01 }
        }
      }
      for _ in 0..<3 { step() }
      let before = (MemoryPool.systemAllocations, MemoryPool.byteCount)
      for _ in 0..<20 { step() }
      precondition(before == (MemoryPool.systemAllocations, MemoryPool.byteCount))
    }
  }

  @Test func trimmingGivesMemoryBack() async {
    await #expect(processExitsWith: .success) {
      _ = Tensor.zeros([1000, 1000]).sum().item
      precondition(MemoryPool.byteCount >= 4_000_000)
      MemoryPool.trim()
      precondition(MemoryPool.byteCount < 4_000_000)
    }
  }

  /// Many tasks at once compute what one alone computes, to the bit.
  @Test func tasksDoNotDisturbOneAnother() async {
    let cases = (PrimitiveCase.all + PrimitiveCase.large.prefix(6)).enumerated()
      .filter { $0.offset % 7 == 0 }.map(\.element)
    func run(_ primitive: PrimitiveCase) -> [Tensor?] {
      let outcome = primitive.outcome(of: primitive.draw().map { $0.converted(to: .float32) })
      return [outcome.result] + outcome.gradients
    }
    let alone = cases.map(run)
    await withTaskGroup(of: (Int, [Tensor?]).self) { group in
      for _ in 0..<4 {
        for (i, primitive) in cases.enumerated() { group.addTask { (i, run(primitive)) } }
      }
      for await (i, together) in group { #expect(together == alone[i], "\(cases[i].name)") }
    }
  }

  // MARK: Traps: a programmer's error says what is wrong

  @Test(arguments: Mistake.allCases) func mistakeTraps(_ mistake: Mistake) async throws {
    let result = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [mistake] in mistake.make() }
    #if DEBUG  // Optimized code traps without words.
      #expect(
        String(decoding: result.standardErrorContent, as: UTF8.self).contains(mistake.message))
    #endif
  }
}

/// What a programmer may get wrong, and a part of what the trap says.
enum Mistake: String, CaseIterable, Codable, Sendable {
  case matmul, broadcast, formats, elements, reshape, axis, slice, index, linear, convolution, seed
  case bernoulli, gradient, concatenation, item, bias, scale

  func make() {
    let x = Variable(Tensor.zeros([2, 3]), requiresGradient: true)
    let image = Variable(Tensor.zeros([1, 4, 4, 3]))
    switch self {
    case .matmul: _ = x.matmul(x)
    case .broadcast: _ = x + Variable(.zeros([2]))
    case .formats: _ = x + Variable(.zeros([2, 3], dtype: .float64))
    case .elements: _ = Tensor([1, 2, 3], shape: [2])
    case .reshape: _ = x.reshaped(to: [4, 2])
    case .axis: _ = x.sum(along: 2)
    case .slice: _ = x.sliced(along: 1, 2..<4)
    case .index: _ = x.gathered(Tensor([2], shape: [1]), along: 0)
    case .linear: _ = x.linear(Variable(.zeros([4, 2])), bias: nil)
    case .convolution:
      _ = image.convolved(Variable(.zeros([4, 2, 3, 3])), bias: nil, window: Window(stride: 1))
    case .seed: _ = x.gradient(withRespectTo: [x], seed: .zeros([3]))
    case .bernoulli: _ = x.bernoulliLogProbability(of: .zeros([2, 3], dtype: .float64))
    case .gradient: _ = x.gradient(withRespectTo: [x])
    case .concatenation: _ = Variable.concatenated([x, Variable(.zeros([2, 4]))], along: 0)
    case .item: _ = x.value.item
    case .scale: _ = x.batchNormalized(scale: Variable(.zeros([2])), shift: Variable(.zeros([3])))
    case .bias: _ = x.linear(Variable(.zeros([4, 3])), bias: Variable(.zeros([2, 4])))
    }
  }

  var message: String {
    switch self {
    case .matmul: "[2, 3] by [2, 3]: the inner sizes are 3 and 2"
    case .broadcast: "shapes [2, 3] and [2] do not broadcast"
    case .formats: "operands are float32 and float64"
    case .elements: "3 elements do not fill the shape [2]"
    case .reshape: "6 elements do not fill the shape [4, 2]"
    case .axis: "axis 2 is outside the shape [2, 3]"
    case .slice: "the range 2..<4 is outside axis 1 of [2, 3]"
    case .index: "index 2 is outside 0..<2"
    case .linear: "the layer's weight is [4, 2], its input [2, 3]"
    case .convolution: "the convolution's weight is [4, 2, 3, 3], its input [1, 4, 4, 3]"
    case .seed: "the seed is [3]"
    case .bernoulli: "observations are float64, logits float32"
    case .gradient: "a gradient starts from a scalar, not from [2, 3]"
    case .concatenation: "[2, 4] does not join [2, 3] along axis 0"
    case .item: "a single element was asked of a tensor of shape [2, 3]"
    case .scale: "3 channels have the scale [2] and the shift [3]"
    case .bias: "the bias is [2, 4], the layer has 4 outputs"
    }
  }
}
