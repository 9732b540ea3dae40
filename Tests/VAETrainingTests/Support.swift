import Glibc
import Layers
import TensorCore
import VAECore
import VAETraining

/// y = w x + b under squared error: an objective whose every number can be worked out by hand.
struct LinearRegression: Objective {
  let weight: Parameter
  let bias: Parameter
  /// Multiplies the loss by NaN or infinity from this step on.
  var breaks: (step: Int, factor: Double)?
  /// Which no loss reads: it only says from when on epochs are compared.
  var settling: Scheduled?

  init(inputs: Int = 3, dtype: DType = .float32) {
    var key = RandomKey(seed: 11)
    weight = Parameter(key.normal([1, inputs], dtype: dtype))
    bias = Parameter(Tensor.zeros([1], dtype: dtype))
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["weight": weight, "bias": bias, "settling": settling]
  }

  func loss(on batch: Batch<[Tensor]>, _ context: inout Context) -> Loss {
    let x = Variable(batch.observations[0])
    let y = Variable(batch.observations[1])
    let difference = x.linear(context[weight], bias: context[bias], activation: .identity) - y
    let squares = (difference * difference).sumPerExample()
    var total = squares.mean()
    if let breaks, context.stepTaken >= breaks.step { total = total * breaks.factor }
    return Loss(total: total, terms: ["squares": squares.value])
  }
}

extension Context {
  /// The step on the host, which no captured step could see; 0 where no run is under way.
  var stepTaken: Int { Int(step(as: .float64)?.value.item ?? 0) }
}

/// An objective whose steps always run as they are written.
struct Written<Base: Objective>: Objective {
  let base: Base
  var parts: KeyValuePairs<String, any ModulePart> { base.parts }
  var players: [Player] { base.players }
  var monitored: Monitored { base.monitored }

  init(_ base: Base) { self.base = base }

  func loss(on batch: Base.Batch, _ context: inout Context) -> Loss {
    let loss = base.loss(on: batch, &context)
    _ = loss.total.value.item  // a look at a number ends a recording
    return loss
  }
}

/// Points of a plane with noise, shuffled by the epoch.
struct PlanePoints: BatchSource {
  let x: Tensor
  let y: Tensor
  let batchSize: Int
  let seed: UInt64

  init(count: Int, batchSize: Int, seed: UInt64 = 5, dtype: DType = .float32) {
    var key = RandomKey(seed: seed)
    x = key.normal([count, 3], dtype: dtype)
    let plane = Tensor([1.0, -2, 0.5], shape: [1, 3]).converted(to: dtype)
    let noise = key.normal([count], deviation: 0.1, dtype: dtype)
    y = ((x * plane).sum(along: 1) + noise).reshaped(to: [count, 1])
    self.batchSize = batchSize
    self.seed = seed
  }

  var exampleCount: Int { x.shape[0] }
  var batchCount: Int { (exampleCount + batchSize - 1) / batchSize }

  func batches(epoch: Int, startingAt start: Int) -> BatchIterator<Batch<[Tensor]>> {
    var key = RandomKey(seed: seed).folded(with: UInt64(epoch))
    let order = key.permutation(exampleCount)
    var next = start
    return BatchIterator {
      guard next < batchCount else { return nil }
      let rows = order[(next * batchSize)..<min((next + 1) * batchSize, exampleCount)]
      next += 1
      return Batch(
        observations: [x.rows(rows), y.rows(rows)], count: rows.count)
    }
  }
}

extension Tensor {
  /// The rows at the given places, in their order.
  func rows(_ places: ArraySlice<Int>) -> Tensor {
    let width = shape.dropFirst().count
    let all = doubles
    let taken = places.flatMap { all[($0 * width)..<(($0 + 1) * width)] }
    return Tensor(taken, shape: Shape([places.count] + shape.dimensions.dropFirst()))
      .converted(to: dtype)
  }
}

/// A folder that goes away with its last holder.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/vae-training-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXFailure(code: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { remove(path) }

  private func remove(_ path: String) {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
        }
        if name != "." && name != ".." { remove("\(path)/\(name)") }
      }
      closedir(folder)
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}

struct POSIXFailure: Error {
  var code: Int32
}

/// The bytes of a file; nil where there is none.
func contents(_ path: String) -> [UInt8]? {
  guard let file = fopen(path, "rb") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}

/// Writes a file without further ado.
func put(_ bytes: [UInt8], at path: String) {
  guard let file = fopen(path, "wb") else { return }
  fwrite(bytes, 1, bytes.count, file)
  fclose(file)
}

/// The lines of `metrics.jsonl` without what depends on time.
func curves(_ path: String) -> [String] {
  String(decoding: contents(path) ?? [], as: UTF8.self).split(separator: "\n").map { line in
    line.dropFirst().dropLast().split(separator: ",")
      .filter { !$0.hasPrefix("\"seconds\"") && !$0.hasPrefix("\"examples_per_second\"") }
      .joined(separator: ",")
  }
}
