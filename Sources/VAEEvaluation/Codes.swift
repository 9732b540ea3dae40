public import TensorCore
public import VAECore

extension VariationalAutoencoder {
  /// The posterior's mean for every example of a data set, in its order: `[examples, latentCount]`.
  ///
  /// - Throws: What reading the data throws.
  public func allCodes(of source: some BatchSource<Batch<Observation>>) throws -> Tensor {
    var codes: [Float] = []
    codes.reserveCapacity(source.exampleCount * latentCount)
    let batches = source.batches(epoch: 0, startingAt: 0)
    while let batch = try batches.next() {
      codes += self.codes(of: batch.observations).floats
    }
    return Tensor(codes, shape: [codes.count / latentCount, latentCount])
  }
}
