internal import SystemFiles
internal import TensorCore
internal import VAECore

// What a resumed run compares, so that it does not go on with something else in silence.

extension BatchSource where Batch: CountedBatch {
  /// A hash of some batches of the first epoch, the first and the last among them; nil where batches
  /// are not made of tensors.
  ///
  /// Data of other numbers has another one, unless all that differs lies between the batches looked
  /// at.
  func fingerprint(batches looked: Int = 4) throws -> String? {
    var hash: UInt64 = 0
    let count = Swift.min(looked, batchCount)
    for place in 0..<count {
      let start = count > 1 ? place * (batchCount - 1) / (count - 1) : 0
      guard let batch = try batches(epoch: 0, startingAt: start).next(),
        let seen = batch.captured
      else { return nil }
      // A format's number in a signature changes from one start of a program to the next.
      let shapes = seen.tensors.flatMap { $0.shape.dimensions + [$0.dtype.byteCount] }
      hash = shapes.map(UInt64.init).withUnsafeBytes { combined(hash, xxHash64($0)) }
      for tensor in seen.tensors {
        hash = tensor.withUnsafeBytes { combined(hash, xxHash64($0)) }
      }
    }
    return hexadecimal(hash)
  }

  private func combined(_ hash: UInt64, _ next: UInt64) -> UInt64 {
    [hash, next].withUnsafeBytes(xxHash64)
  }
}

private func hexadecimal(_ hash: UInt64) -> String {
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// The hash of what a file holds.
func fingerprint(of bytes: [UInt8]) -> String { hexadecimal(bytes.withUnsafeBytes(xxHash64)) }

/// The hash of a file's bytes; nil where there is none.
func fingerprint(ofFile path: String) throws(CheckpointError) -> String? {
  guard fileExists(path) else { return nil }
  return fingerprint(of: try readFile(path, ifMissing: "it was there a moment ago"))
}
