public import TensorCore
public import VAECore

extension LatentModel where Observation == Tensor {
  /// The mean over a data set of the squared error of an element, observations passed through the
  /// posterior's mean and back.
  ///
  /// - Throws: What reading the data throws.
  public func squaredError(
    on source: some BatchSource<Batch<Tensor>>
  ) throws -> Double {
    var sum = 0.0
    var count = 0
    let batches = source.batches(epoch: 0, startingAt: 0)
    while let batch = try batches.next() {
      let difference = reconstruct(batch.observations) - batch.observations
      sum += (difference * difference).reshaped(to: [batch.count, -1]).sum(along: 1).doubles
        .reduce(0, +)
      count += difference.count
    }
    return sum / Double(count)
  }
}
