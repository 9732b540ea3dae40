public import Layers
public import TensorCore
public import VAECore

/// What a classifier's head reads of an observation.
public protocol FeatureExtractor<Observation>: Module {
  /// A batch of observations.
  associatedtype Observation: Rows
  /// Numbers it gives for each observation.
  var featureCount: Int { get }
  /// Features of `x`: `[batch, featureCount]`.
  func callAsFunction(_ x: Observation, _ context: inout Context) -> Variable
  /// Throws where the features of `x` have no meaning.
  func validate(_ x: Observation) throws(ObservationError)
}

extension FeatureExtractor {
  public func validate(_ x: Observation) throws(ObservationError) {}

  /// Features of `x` in use: `[batch, featureCount]`.
  public func features(of x: Observation) -> Tensor {
    var context = Context.inference()
    return self(x, &context).value
  }
}

/// The posterior's mean.
///
/// Of a model's parts those take part that a code comes from: all but the prior, the decoder and
/// the likelihood.
public struct CodeFeatures<Model: LatentModel>: FeatureExtractor {
  public let model: Model

  public init(_ model: Model) { self.model = model }

  public var featureCount: Int { model.latentCount }

  public func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void) {
    model.visitParameters(name, without: ["prior", "decoder", "likelihood"], visit)
  }

  public func callAsFunction(_ x: Model.Observation, _ context: inout Context) -> Variable {
    model.inferCodes(x, by: .posteriorMean, &context).codes
  }

  public func validate(_ x: Model.Observation) throws(ObservationError) { try model.validate(x) }
}

/// The parameters that the decoder gives for the posterior's mean, flattened: what a layer after
/// the decoder reads.
public struct DecodedFeatures<Model: LatentModel>: FeatureExtractor {
  public let model: Model
  public let featureCount: Int

  public init(_ model: Model) {
    self.model = model
    var context = Context.inference()
    let output = model.generate(from: Variable(.zeros([1, model.latentCount])), &context)
    featureCount = Self.parameters(of: output).shape[1]
  }

  public func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void) {
    model.visitParameters(name, without: ["prior", "likelihood"], visit)
  }

  public func callAsFunction(_ x: Model.Observation, _ context: inout Context) -> Variable {
    let codes = model.inferCodes(x, by: .posteriorMean, &context).codes
    return Self.parameters(of: model.generate(from: codes, under: model.condition(of: x), &context))
  }

  /// All parameters of the distributions side by side: `[batch, featureCount]`.
  private static func parameters(of output: Model.Output) -> Variable {
    var all: [Variable] = []
    _ = output.mapParameters {
      all.append($0.flattenedPerExample())
      return $0
    }
    return all.count == 1 ? all[0] : .concatenated(all, along: 1)
  }

  public func validate(_ x: Model.Observation) throws(ObservationError) { try model.validate(x) }
}

/// Features as constants: their extractor behaves as in use, and training neither sees nor changes
/// its parameters.
public struct FrozenFeatures<Base: FeatureExtractor>: FeatureExtractor {
  public let base: Base

  public init(_ base: Base) { self.base = base }

  public var featureCount: Int { base.featureCount }

  public func callAsFunction(_ x: Base.Observation, _ context: inout Context) -> Variable {
    Variable(base.features(of: x))
  }

  public func validate(_ x: Base.Observation) throws(ObservationError) { try base.validate(x) }
}

extension Module {
  fileprivate func visitParameters(
    _ name: String, without excluded: Set<String>, _ visit: (String, Parameter) -> Void
  ) {
    for (part, value) in parts where !excluded.contains(part) {
      value.visitParameters(name.isEmpty ? part : "\(name).\(part)", visit)
    }
  }
}
