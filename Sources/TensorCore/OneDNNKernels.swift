#if OneDNN
  internal import COneDNN
  internal import CTensorKernels

  /// Who multiplies: a rule of formats and the processor alone, so that two runs of one seed agree.
  ///
  /// On vectors of 256 bits our own products are as fast as oneDNN's and our convolutions up to twice as fast, and
  /// they take no memory from the system; on vectors of 512 bits oneDNN is faster. bfloat16 is oneDNN's where that has
  /// units for it, but for convolutions with few channels, which leave most of a unit's tile empty. `make time-products`
  /// shows both.
  enum OneDNNRule {
    static func takes(_ kernel: some DenseKernel) -> Bool {
      let formats = kernel.formats
      guard kernel.dtype == .float32 && formats.first == formats.second else { return false }
      return switch formats.first {
      case .float32: hasWideVectors
      case .bfloat16: hasBFloat16 && !kernel.hasFewChannels
      case .float64, .int32: false
      }
    }

    private static let hasWideVectors = vae_has_wide_vectors() != 0
    private static let hasBFloat16 = vae_onednn_has_bfloat16() != 0
  }

  /// What oneDNN looks up for a product, let go with the object.
  final class OneDNNHandle {
    let pointer: OpaquePointer

    init?(_ pointer: OpaquePointer?) {
      guard let pointer else { return nil }
      self.pointer = pointer
    }

    deinit { vae_onednn_release(pointer) }
  }

  extension DenseKernel {
    private var isOneDNNs: Bool { OneDNNRule.takes(self) }

    func run(_ memory: Operands) {
      guard isOneDNNs, let handle = makeHandle(memory), run(with: handle, memory) else {
        return runAlone(memory)
      }
    }

    func prepared() -> any Kernel { isOneDNNs ? PreparedKernel(self) : self }
  }

  /// A product that keeps its handle from the first run on.
  private struct PreparedKernel<Base: DenseKernel>: Kernel {
    private final class Place {
      /// Nil before the first run, and then nil in it if oneDNN refused the shape.
      var handle: OneDNNHandle??
    }
    private let base: Base
    private let place = Place()

    init(_ base: Base) { self.base = base }

    var name: String { base.name }
    var operations: Double { base.operations }

    func run(_ memory: Operands) {
      let found = place.handle ?? base.makeHandle(memory)
      if place.handle == nil { place.handle = .some(found) }
      guard let handle = found, base.run(with: handle, memory) else {
        return base.runAlone(memory)
      }
    }

    static func == (a: Self, b: Self) -> Bool { a.base == b.base }
  }

  extension Product {
    func makeHandle(_ memory: Operands) -> OneDNNHandle? {
      var sizes = sizes
      return OneDNNHandle(vae_onednn_prepare_product(&sizes, memory[2] == nil ? 0 : 1))
    }

    func run(with handle: OneDNNHandle, _ memory: Operands) -> Bool {
      vae_onednn_run_product(
        handle.pointer, memory[0], memory[1], memory.floats(2), memory.floats(3),
        memory.roundedNumbers(4)) == 0
    }
  }

  extension Convolution {
    func makeHandle(_ memory: Operands) -> OneDNNHandle? {
      var p = geometry.conv
      let (a, b) = (formats.first.operand, formats.second.operand)
      let (then, constant) = (step.kernel, Float(step.constant))
      let hasBias: Int32 = form != .backwardWeights && memory[2] != nil ? 1 : 0
      let pointer =
        switch form {
        case .forward:
          vae_onednn_prepare_conv_forward(&p, a, b, then, constant, hasBias)
        case .backwardData:
          vae_onednn_prepare_conv_backward_data(&p, a, b, then, constant, hasBias)
        case .backwardWeights: vae_onednn_prepare_conv_backward_weights(&p, a, b)
        }
      return OneDNNHandle(pointer)
    }

    func run(with handle: OneDNNHandle, _ memory: Operands) -> Bool {
      let status =
        switch form {
        case .forward:
          vae_onednn_run_conv_forward(
            handle.pointer, memory[0], memory[1], memory.floats(2), memory.floats(3),
            memory.roundedNumbers(4))
        case .backwardData:
          vae_onednn_run_conv_backward_data(
            handle.pointer, memory[0], memory[1], memory.floats(2), memory.floats(3),
            memory.roundedNumbers(4))
        case .backwardWeights:
          vae_onednn_run_conv_backward_weights(
            handle.pointer, memory[0], memory[1], memory.floats(2))
        }
      return status == 0
    }
  }
#endif
