import TensorCore
import Testing

/// Comparisons, integers, choices and orders.
@Suite struct ChoiceTests {
  private let x = Tensor([1.0, 2, 3, .nan, .infinity, -0.0], shape: [6])
  private let y = Tensor([1.0, 3, 2, 1, .infinity, 0], shape: [6])

  @Test(arguments: [DType.float64, .float32]) func comparisons(_ dtype: DType) {
    let (a, b) = (x.converted(to: dtype), y.converted(to: dtype))
    #expect((a .< b).integers == [0, 1, 0, 0, 0, 0])
    #expect((a .<= b).integers == [1, 1, 0, 0, 1, 1])
    #expect((a .> b).integers == [0, 0, 1, 0, 0, 0])
    #expect((a .>= b).integers == [1, 0, 1, 0, 1, 1])
    #expect((a .== b).integers == [1, 0, 0, 0, 1, 1])
    #expect((a .!= b).integers == [0, 1, 1, 1, 0, 0])
    #expect((a .> 1).integers == [0, 1, 1, 0, 1, 0])
    #expect((a .== 2).integers == [0, 1, 0, 0, 0, 0])
  }

  @Test func comparisonsBroadcast() {
    let rows = Tensor([0, 1, 2], shape: [3, 1]), columns = Tensor([0, 1, 2, 3], shape: [4])
    let causal = columns .<= rows
    #expect(causal.shape == [3, 4])
    #expect(causal.integers == [1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0])
    #expect(
      (Tensor(2) .> Tensor([1.0, 3], shape: [2]).converted(to: .float32)).integers == [1, 0])
    #expect((Tensor.zeros([0, 3]) .< 1).shape == [0, 3])
    #expect((Tensor([5], shape: []) .!= 4).integers == [1])
  }

  @Test func integersCalculate() {
    let a = Tensor([7, -7, 5, Int(Int32.max)], shape: [4]), b = Tensor([2, 2, -1, 1], shape: [4])
    #expect((a + b).integers == [9, -5, 4, .min])
    #expect((a - b).integers == [5, -9, 6, .max - 1])
    #expect((a * b).integers == [14, -14, -5, .max])
    #expect((a / b).integers == [3, -3, -5, .max])
    #expect((a % b).integers == [1, -1, 0, 0])
    #expect(Tensor.maximum(a, b).integers == [7, 2, 5, .max])
    #expect(Tensor.minimum(a, b).integers == [2, -7, -1, 1])
    #expect((a * 2 - 1).integers == [13, -15, 9, -3])
    #expect((a / 2).integers == [3, -3, 2, 0x3FFF_FFFF])
    #expect((-a).integers == [-7, 7, -5, -.max])
    #expect((Tensor([Int(Int32.min)], shape: [1]) / -1).integers == [.min])
    let table = Tensor([0, 10], shape: [2, 1]) + Tensor([1, 2, 3], shape: [3])
    #expect(table.integers == [1, 2, 3, 11, 12, 13] && table.shape == [2, 3])
    #expect((Tensor([Int](), shape: [0]) + 1).count == 0)
  }

  @Test func mistakesTrap() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor([1], shape: [1]) / Tensor([0], shape: [1])
    }
    await #expect(processExitsWith: .failure) { _ = Tensor([1], shape: [1]) * 0.5 }
    await #expect(processExitsWith: .failure) {
      _ = Tensor.select(Tensor(1), Tensor(1), Tensor(1))  // a mask of float32
    }
    await #expect(processExitsWith: .failure) {
      _ = Tensor.zeros([2, 3]).taken(Tensor([3, 0], shape: [2, 1]), along: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = Tensor.zeros([2]).scatterAdded(Tensor([0, 4], shape: [2]), along: 0, size: 4)
    }
  }

  @Test func whatIsNotChosenStaysBehind() throws {
    let x = Variable(Tensor([0.0, 4], shape: [2]), requiresGradient: true)
    let mask = x.value .> 0
    let y = Variable.select(mask, x.log() / x, x * 0 - 1)
    #expect(abs(y.value.doubles[0] + 1) < 1e-15)
    #expect(y.value.isFinite)
    let gradient = try #require(
      Variable.select(mask, x, x.log()).sum().gradient(withRespectTo: [x])[0])
    #expect(gradient.doubles == [.infinity, 1])
    #expect(
      Tensor.select(mask, Tensor([1, 2], shape: [2]), Tensor([3], shape: [])).integers == [3, 2])
  }

  @Test func ordersAreStableAndNaNIsLast() {
    let x = Tensor([2.0, .nan, -0.0, 0, -.infinity, 2, .nan, .infinity], shape: [8])
    for x in [x, x.converted(to: .float32)] {
      #expect(x.argsorted(along: 0).integers == [4, 2, 3, 0, 5, 7, 1, 6])
      #expect(x.argsorted(along: 0, falling: true).integers == [7, 0, 5, 2, 3, 4, 1, 6])
    }
    #expect(Tensor([3, -1, 3, 2], shape: [4]).argsorted(along: 0).integers == [1, 3, 0, 2])
    #expect(Tensor([Double](), shape: [0, 2]).argsorted(along: 0).shape == [0, 2])
    #expect(Tensor.zeros([2, 0]).sorted(along: 1).shape == [2, 0])
    #expect(Tensor([4.0], shape: []).reshaped(to: [1]).sorted(along: 0).doubles == [4])
  }

  @Test(arguments: [(1, 1000, 1), (7, 129, 1), (3, 65, 5), (1, 2, 300)], [false, true])
  func sortsAgreeWithSwift(_ sizes: (outer: Int, n: Int, inner: Int), _ falling: Bool) {
    var key = RandomKey(seed: 3)
    let (outer, n, inner) = sizes
    // Many ties.
    let x = (key.uniform([outer, n, inner], dtype: .float64) * 50).converted(to: .int32)
    let order = x.argsorted(along: 1, falling: falling).integers, numbers = x.integers
    for o in 0..<outer {
      for i in 0..<inner {
        let line = (0..<n).map { numbers[(o * n + $0) * inner + i] }
        let expected = line.indices.sorted {
          line[$0] == line[$1] ? $0 < $1 : (line[$0] < line[$1]) != falling
        }
        #expect((0..<n).map { Int(order[(o * n + $0) * inner + i]) } == expected)
      }
    }
  }

  @Test func theLargestComeFirst() {
    let x = Tensor([1.0, 5, 3, 9, 2, 9], shape: [2, 3])
    let (value, index) = x.largest(2, along: 1)
    #expect(value.doubles == [5, 3, 9, 9] && index.integers == [1, 2, 0, 2])
    #expect(x.largest(0, along: 1).value.shape == [2, 0])
    #expect(x.taken(index, along: 1) == value)
  }

  @Test func scatterAddsUp() {
    let sum = Tensor([1.0, 2, 4], shape: [3]).scatterAdded(
      Tensor([1, 1, 3], shape: [3]), along: 0, size: 5)
    #expect(sum.doubles == [0, 3, 0, 4, 0])
    #expect(
      Tensor.zeros([2, 0]).scatterAdded(Tensor([Int](), shape: [0]), along: 1, size: 2)
        == .zeros([2, 2]))
  }

  @Test func aMaskedBatchIsTheSameOnEveryThread() async {
    await #expect(processExitsWith: .success) {
      func run() -> [Tensor] {
        var key = RandomKey(seed: 9)
        let x = key.normal([40, 5000])
        return [x.argsorted(along: 1), Variable(x).logNormalCDF().value, x.sorted(along: 0)]
      }
      Threads.use(1)
      let alone = run()
      Threads.use(2)
      #expect(run() == alone)
    }
  }
}
