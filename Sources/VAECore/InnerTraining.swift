public import Layers

/// Parameters that are brought up to date before each step of the others, in a first phase of
/// training: they take steps of their own until their loss stops falling, then the others take one.
///
/// The phase ends with the first epoch in which a measure fell; from then on all are trained
/// together. An encoder that lags behind its decoder is trained so.
///
/// - Source: He, Spokoyny, Neubig and Berg-Kirkpatrick, "Lagging Inference Networks and Posterior
///   Collapse in Variational Autoencoders", arXiv:1901.05534, algorithm 1.
public struct InnerTraining {
  /// What is trained ahead of the rest.
  public var parameters: [Parameter]
  /// The most inner steps before a step of the others.
  public var maximumSteps: Int
  /// Inner steps whose average loss is compared with that of as many before; the first that is not
  /// lower ends them.
  public var checkEvery: Int
  /// The name of what is measured after each epoch, such as "mutual_information".
  public var measure: String

  /// Inner training of `parameters` that lasts while `measure` does not fall.
  public init(
    of parameters: [Parameter], whileRising measure: String, maximumSteps: Int = 100,
    checkEvery: Int = 10
  ) {
    precondition(maximumSteps > 0 && checkEvery > 0, "inner training takes at least one step")
    self.parameters = parameters
    self.measure = measure
    self.maximumSteps = maximumSteps
    self.checkEvery = checkEvery
  }
}
