internal import CTensorKernels

extension Tensor {
  /// Writes bytes as float32, divided by 255 where they are to span [0, 1].
  ///
  /// Runs on the calling thread alone, so that a thread which prepares data never competes with the
  /// team of threads that trains. `out` must have room for as many elements as there are bytes.
  public static func convert(
    _ bytes: UnsafeRawBufferPointer, dividingBy255 isScaled: Bool,
    to out: UnsafeMutablePointer<Float>
  ) {
    guard let base = bytes.baseAddress else { return }
    // Short enough for a kernel to keep in one piece.
    let piece = 16384
    for start in stride(from: 0, to: bytes.count, by: piece) {
      let count = min(piece, bytes.count - start)
      if isScaled {
        vae_unit_from_bytes_f32(base + start, out + start, Int64(count))
      } else {
        vae_cast(VAE_ELEMENT_UINT8, VAE_ELEMENT_FLOAT32, count, base + start, out + start)
      }
    }
  }
}
