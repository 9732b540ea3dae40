internal import Layers
public import TensorCore
public import VAECore

extension LatentModel {
  /// The posterior's mean for every example of a data set, in its order: `[examples, latentCount]`.
  ///
  /// - Throws: What reading the data throws.
  public func allCodes(of source: some BatchSource<Batch<Observation>>) throws -> Tensor {
    let latentCount = latentCount
    var codes: [Float] = []
    codes.reserveCapacity(source.exampleCount * latentCount)
    let capture = Capture(namedParameters.map(\.parameter))
    let batches = source.batches(epoch: 0, startingAt: 0)
    while let batch = try batches.next() {
      let x = batch.observations
      let given = capture(over: x, key: Context.inference().key) { [self.codes(of: x)] }
      codes += given.first??.floats ?? []
    }
    return Tensor(codes, shape: [codes.count / latentCount, latentCount])
  }
}
