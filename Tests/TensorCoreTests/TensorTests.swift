import TensorCore
import Testing

@Suite struct TensorTests {
  // MARK: Values

  @Test func writingToACopyLeavesTheOriginal() {
    let original = Tensor([1, 2, 3] as [Float], shape: [3])
    var copy = original
    copy.withUnsafeMutableBytes { $0.storeBytes(of: 9, as: Float.self) }
    #expect(original.floats == [1, 2, 3])
    #expect(copy.floats == [9, 2, 3])
  }

  @Test func writingToAReshapedTensorLeavesTheOriginal() {
    let original = Tensor([1, 2, 3, 4] as [Float], shape: [4])
    var square = original.reshaped(to: [2, 2])
    square.withUnsafeMutableBytes { $0.storeBytes(of: 9, as: Float.self) }
    #expect(original.floats == [1, 2, 3, 4])
    #expect(square.floats == [9, 2, 3, 4])
  }

  @Test func reshapingAndCopyingShareMemory() {
    func address(_ tensor: Tensor) -> UnsafeRawPointer? {
      tensor.withUnsafeBytes { $0.baseAddress }
    }
    let original = Tensor.zeros([2, 6])
    #expect(address(original.reshaped(to: [3, -1])) == address(original))
    var copy = original
    #expect(address(copy) == address(original))
    copy.withUnsafeMutableBytes { _ in }
    #expect(address(copy) != address(original))
    let own = address(copy)
    copy.withUnsafeMutableBytes { _ in }
    #expect(address(copy) == own)
  }

  @Test func anOpenSizeIsWorkedOut() {
    let tensor = Tensor.zeros([2, 3, 4])
    #expect(tensor.reshaped(to: [-1]).shape == [24])
    #expect(tensor.reshaped(to: [6, -1]).shape == [6, 4])
    #expect(Tensor.zeros([0, 3]).reshaped(to: [-1, 3]).shape == [0, 3])
    #expect(Tensor(5.0).reshaped(to: [1, -1]).shape == [1, 1])
  }

  @Test func equalityComparesShapeFormatAndBytes() {
    let tensor = Tensor([1, 2] as [Float], shape: [2])
    #expect(tensor == Tensor([1, 2] as [Float], shape: [2]))
    #expect(tensor != Tensor([1, 3] as [Float], shape: [2]))
    #expect(tensor != tensor.reshaped(to: [1, 2]))
    #expect(tensor != tensor.converted(to: .float64))
    #expect(Tensor.zeros([0]) == Tensor.zeros([0]))
  }

  @Test func emptyTensorsAreOrdinary() {
    for dtype in DType.allCases {
      let empty = Tensor.zeros([2, 0, 3], dtype: dtype)
      #expect(empty.count == 0 && empty.byteCount == 0 && empty.doubles == [])
      #expect(empty.transposed([2, 1, 0]).shape == [3, 0, 2])
      #expect(empty.sliced(along: 2, 1..<3).shape == [2, 0, 2])
      #expect(empty.padded(along: 1, before: 1, after: 0, with: 3).doubles == [3, 3, 3, 3, 3, 3])
      #expect(Tensor.concatenated([empty, empty], along: 0).shape == [4, 0, 3])
      #expect(empty.isFinite)
    }
    #expect(Tensor.zeros([2, 0]).sum(along: 1).floats == [0, 0])
    #expect(Tensor.zeros([0]).sum().item == 0)
    #expect(Tensor.zeros([2, 0]).matmul(Tensor.zeros([0, 3])).floats == [0, 0, 0, 0, 0, 0])
  }

  @Test func everyFormatIsFilledWithOneValue() {
    for dtype in DType.allCases {
      let tensor = Tensor(repeating: -3, shape: [5], dtype: dtype)
      #expect(tensor.dtype == dtype && tensor.doubles == [-3, -3, -3, -3, -3])
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity]) func finiteMeansEveryElement(_ bad: Double)
  {
    for dtype in [DType.float32, .float64, .bfloat16] {
      let good = Tensor([1, -2, 0, 3e30], shape: [4]).converted(to: dtype)
      #expect(good.isFinite)
      let tail = Tensor(repeating: bad, shape: [1], dtype: dtype)
      #expect(!Tensor.concatenated([good, tail], along: 0).isFinite)
    }
    #expect(Tensor([1, 2], shape: [2]).isFinite)
  }

  @Test(arguments: [DType.float32, .float64]) func rangeHoldsEveryElement(_ dtype: DType) {
    for count in [1, 2, 15, 16, 17, 1000] {
      let numbers = (0..<count).map { Double(($0 * 7919) % 1001) - 500 }
      let tensor = Tensor(numbers, shape: [count]).converted(to: dtype)
      #expect(tensor.range?.lowerBound == numbers.min())
      #expect(tensor.range?.upperBound == numbers.max())
      for bad in [Double.nan, .infinity, -.infinity] {
        var broken = numbers
        broken[count / 2] = bad
        #expect(Tensor(broken, shape: [count]).converted(to: dtype).range == nil)
      }
    }
    #expect(Tensor.zeros([0], dtype: dtype).range == nil)
    #expect(Tensor([3, -1], shape: [2]).range == -1...3)
  }

  // MARK: Formats

  /// Rounds to nearest, ties to even; NaN stays NaN whatever its payload.
  @Test(
    arguments: [
      (0x3F80_0000, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F81_8000, 0x3F82), (0x3F80_8001, 0x3F81),
      (0x3F80_7FFF, 0x3F80), (0xBF81_8000, 0xBF82), (0x0000_0000, 0x0000), (0x8000_0000, 0x8000),
      (0x0000_0001, 0x0000), (0x0000_8001, 0x0001), (0x7F7F_0000, 0x7F7F), (0x7F7F_FFFF, 0x7F80),
      (0x7F80_0000, 0x7F80), (0xFF80_0000, 0xFF80), (0x7FC0_0000, 0x7FC0), (0x7F80_0001, 0x7FC0),
      (0xFFFF_FFFF, 0xFFFF),
    ] as [(UInt32, UInt16)])
  func bfloat16Rounds(_ bits: UInt32, to expected: UInt16) {
    let value = Float(bitPattern: bits)
    func half(_ tensor: Tensor) -> UInt16 {
      tensor.withUnsafeBytes { $0.load(as: UInt16.self) }
    }
    #expect(half(Tensor([value], shape: [1]).converted(to: .bfloat16)) == expected)
    guard !value.isNaN else { return }
    #expect(half(Tensor(repeating: Double(value), shape: [1], dtype: .bfloat16)) == expected)
  }

  @Test func everyBfloat16SurvivesFloat32() {
    let all = Tensor(shape: [65536], dtype: .bfloat16) { bytes in
      for i in 0..<65536 { bytes.storeBytes(of: UInt16(i), toByteOffset: 2 * i, as: UInt16.self) }
    }
    let back = all.converted(to: .float32).converted(to: .bfloat16)
    let isSame = zip(bits(all), bits(back)).allSatisfy { a, b in
      // A signalling NaN comes back quiet.
      a == b || (a & 0x7FFF > 0x7F80 && b == a | 0x40)
    }
    #expect(isSame)
  }

  private func bits(_ tensor: Tensor) -> [UInt16] {
    tensor.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
  }

  @Test func conversionsKeepWhatTheFormatCanHold() {
    let numbers: [Double] = [0, -1.75, 3.5, 100, -2_000_000]
    let tensor = Tensor(numbers, shape: [5])
    #expect(tensor.converted(to: .float32).doubles == numbers)
    #expect(tensor.integers == [0, -1, 3, 100, -2_000_000])
    #expect(tensor.converted(to: .int32).doubles == [0, -1, 3, 100, -2_000_000])
    #expect(Tensor([0.1], shape: [1]).floats == [0.1])
    #expect(Tensor([1.001], shape: [1]).converted(to: .bfloat16).floats == [1])
  }

  /// Out of an integer's range there is no right answer, but there is a defined one.
  @Test func conversionToIntegersSaturates() {
    let wild = [Double.nan, .infinity, -.infinity, 1e10, -1e10]
    for dtype in [DType.float32, .float64, .bfloat16] {
      let tensor = Tensor(wild, shape: [5]).converted(to: dtype)
      #expect(tensor.integers == [0, .max, .min, .max, .min])
    }
  }

  // MARK: Operations that only move or reduce

  @Test func oneHotRowsHoldASingleOne() {
    let rows = Tensor.oneHot(Tensor([2, 0], shape: [2, 1]), count: 3, dtype: .float64)
    #expect(rows == Tensor([0.0, 0, 1, 1, 0, 0], shape: [2, 1, 3]))
  }

  @Test func constantsMeetEveryElement() {
    let x = Tensor([1, -2.5], shape: [2])
    #expect((x + 1).doubles == [2, -1.5])
    #expect((x - 1).doubles == [0, -3.5])
    #expect((x * 2).doubles == [2, -5])
    #expect((-x).doubles == [-1, 2.5])
  }

  @Test func largestElementIsTheFirstOfEqualOnes() {
    let (value, index) = Tensor([1.0, 3, 3, 5, 2, 5], shape: [2, 3]).maximum(along: 1)
    #expect(value.doubles == [3, 5])
    #expect(index.integers == [1, 0])
  }

  @Test func infinitiesPassThroughLogSumExp() {
    let infinity = Double.infinity
    let rows = Variable(
      Tensor([-infinity, -infinity, 0, -infinity, 1, infinity, 1000, 1000], shape: [4, 2]))
    let sums = rows.logSumExp(along: 1).value.doubles
    #expect(sums[0] == -infinity && sums[1] == 0 && sums[2] == infinity)
    #expect(abs(sums[3] - 1000.6931471805599) < 1e-9)
  }

  /// Overflow-prone functions at arguments where a naive formula fails.
  @Test(arguments: [DType.float32, .float64]) func extremeArgumentsStayFinite(_ dtype: DType) {
    let x = Variable(
      Tensor([-1e4, -100, -20, 0, 20, 100, 1e4], shape: [7]).converted(to: dtype),
      requiresGradient: true)
    let functions: [(Variable) -> Variable] = [
      { $0.sigmoid() }, { $0.tanh() }, { $0.softplus() }, { $0.silu() }, { $0.gelu() },
      { $0.elu() }, { $0.softmax(along: 0) }, { $0.logSoftmax(along: 0) },
      { $0.logSumExp(along: 0) },
      { $0.reshaped(to: [1, 7]).bernoulliLogProbability(of: .zeros([1, 7], dtype: dtype)) },
    ]
    for function in functions {
      let y = function(x)
      #expect(y.value.isFinite)
      #expect(y.sum().gradient(withRespectTo: [x])[0]?.isFinite == true)
    }
    #expect(x.softplus().value.doubles.last == 1e4)
  }

  /// The derivative of a whole power at 0 is a number.
  @Test(arguments: [(0, 0), (1, 1), (2, 0)] as [(Double, Double)])
  func powerHasAGradientAtZero(exponent: Double, expected: Double) {
    let x = Variable(Tensor(0, dtype: .float64), requiresGradient: true)
    #expect(x.power(exponent).gradient(withRespectTo: [x])[0]?.item == expected)
  }

  /// A not-a-number is never lost on the way: a guard must be able to see it.
  @Test(arguments: [DType.float32, .float64]) func notANumberStaysSo(_ dtype: DType) {
    let x = Variable(Tensor([Double.nan], shape: [1]).converted(to: dtype))
    let one = Variable(Tensor(repeating: 1, shape: [1], dtype: dtype))
    let results =
      Activation.allCases.map { x.activated(by: $0) } + [
        x.exp(), x.log(), x.absolute(), x.squared(), x.clamped(atLeast: 0), x.clamped(atMost: 0),
        .maximum(x, one), .maximum(one, x), .minimum(x, one), .minimum(one, x),
        Variable.concatenated([one, x], along: 0).maximum(along: 0),
        Variable.concatenated([x, one], along: 0).maximum(along: 0),
        Variable.concatenated([x, one], along: 0).reshaped(to: [1, 2, 1, 1])
          .maxPooled(kernel: (2, 1), window: Window(stride: 1)),
        Variable.concatenated([one, x], along: 0).softmax(along: 0),
        Variable.concatenated([one, x], along: 0).logSumExp(along: 0),
      ]
    for (i, result) in results.enumerated() { #expect(!result.value.isFinite, "result \(i)") }
  }
}
