public import Layers
public import TensorCore

/// Maps a batch of observations to features, from which a ``Posterior`` makes a distribution over
/// codes.
public protocol Encoder<Observation>: Module {
  /// A batch of observations: tensors, such as images `[batch, height, width, channels]`, unless the encoder states another type.
  associatedtype Observation: Rows = Tensor
  /// Shape of one observation, without the batch axis; of sequences, that of one step, as
  /// ``SequenceFormat/stepShape`` has it.
  var observationShape: Shape { get }
  /// Numbers it gives for each observation.
  var featureCount: Int { get }
  /// Shape of one observation's features; `[featureCount]` unless the encoder gives another one, such as a grid.
  var featureShape: Shape { get }
  /// Features of `x`, which of tensors is a variable: `[batch] + featureShape`.
  func callAsFunction(_ x: Observation.Value, _ context: inout Context) -> Variable
}

extension Encoder {
  /// A row of numbers.
  public var featureShape: Shape { [featureCount] }
}
