public import Layers
public import TensorCore

/// Maps a batch of observations to features, from which a ``Posterior`` makes a distribution over
/// codes.
public protocol Encoder<Observation>: Module {
  /// A batch of observations, such as a `Tensor` of images `[batch, height, width, channels]`.
  associatedtype Observation
  /// Shape of one observation, without the batch axis; of sequences, that of one step, as
  /// ``SequenceFormat/stepShape`` has it.
  var observationShape: Shape { get }
  /// Numbers it gives for each observation.
  var featureCount: Int { get }
  /// Features of `x`: `[batch, featureCount]`.
  func callAsFunction(_ x: Observation, _ context: inout Context) -> Variable
}
