public import Layers
public import TensorCore

/// A model of observations of known classes, p(x | class): the class stands beside the encoder's
/// features and beside the codes, and every part may read it in the context.
///
/// A class that is not known, ``Labelled/missing``, is one more class.
///
/// - Source: Sohn, Lee and Yan, "Learning Structured Output Representation using Deep Conditional
///   Generative Models", NeurIPS 2015; Kingma et al., arXiv:1406.5298, section 2, for the labels.
public struct ConditionalVAE<Base: ComposedModel>: LatentModel {
  /// The model whose posterior and decoder read the class, ``width(of:)`` numbers.
  public let base: Base
  /// How many classes there are.
  public let classCount: Int
  /// The class that is generated where nobody says otherwise; nil for each in turn.
  private var usual: Int32?

  /// Numbers that tell one of so many classes, or that none is known.
  public static func width(of classCount: Int) -> Int { classCount + 1 }

  /// A model of `classCount` classes; throws where `base` was not composed to read them.
  public init(_ base: Base, classCount: Int) throws(CompositionError) {
    let width = Self.width(of: classCount)
    guard classCount > 0, base.conditionWidth == width else {
      throw CompositionError(
        incompatible:
          "\(classCount) classes, and that none is known, are told by \(width) numbers, "
          + "but the model was composed with a condition of \(base.conditionWidth)")
    }
    self.base = base
    self.classCount = classCount
  }

  /// Observations with their classes.
  public typealias Observation = Labelled<Base.Observation>

  /// The parts of the model.
  public var parts: KeyValuePairs<String, any ModulePart> { base.parts }
  /// Those of the model.
  public var inferenceParameters: [Parameter] { base.inferenceParameters }
  /// Those of the model.
  public var codeSites: [CodeSite] { base.codeSites }

  /// The classes.
  public func condition(of x: Observation) -> Tensor { x.labels }

  /// Each class in turn, or the one of ``ofClass(_:)``.
  public func typicalCondition(_ count: Int) -> Tensor {
    Tensor((0..<count).map { usual ?? Int32($0 % classCount) }, shape: [count])
  }

  /// p(x | z, class) for codes drawn at "z".
  public func callAsFunction(
    _ x: Observation?, _ labels: Tensor, _ context: inout Context
  ) -> LabelledDistribution<Base.Output, Base.Observation> {
    let z = code(x, labels, &context).numbers
    let told = told(labels, z.dtype)
    context.condition = told
    return LabelledDistribution(
      base.output(from: .concatenated([z, told], along: 1), &context), labels: labels)
  }

  /// Draws at "z" alone.
  public func drawCodes(_ x: Observation?, _ labels: Tensor, _ context: inout Context) {
    _ = code(x, labels, &context)
  }

  private func code(
    _ x: Observation?, _ labels: Tensor, _ context: inout Context
  ) -> Base.Q.Value {
    let q = x.map { x in
      // Of each observation once, while `labels` has as many as there are codes.
      context.condition = told(x.labels, .float32)
      let features = base.encoder(x.observations.value, &context)
      let told = told(x.labels, features.dtype)
      context.condition = told
      return base.posterior(.concatenated([features, told], along: 1), &context)
        .repeated(context.sampleCount)
    }
    context.condition = told(labels, .float32)
    return context.draw("z", prior: base.prior(labels.count, &context), posterior: q)
  }

  /// A one for each row: in the first place where the class is not known, else in that of its class.
  private func told(_ labels: Tensor, _ dtype: DType) -> Variable {
    Variable(Self.told(labels, of: classCount, dtype))
  }

  fileprivate static func told(_ labels: Tensor, of classCount: Int, _ dtype: DType) -> Tensor {
    let places = (labels.converted(to: .float32) + 1).converted(to: .int32)
    return .oneHot(places, count: width(of: classCount), dtype: dtype)
  }

  /// Throws where `x` has a class that the model does not know, or the likelihood gives it no meaning.
  public func validate(_ x: Observation) throws(ObservationError) {
    let known = Labelled<Base.Observation>.missing..<Int32(classCount)
    if let strange = x.labels.integers.first(where: { !known.contains($0) }) {
      throw ObservationError(
        "an observation is of class \(strange), counted from 0, but the model knows \(classCount)")
    }
    try base.validate(x.observations)
  }
}

private enum ConditionKey: ContextKey {
  static var initial: Variable? { nil }
}

extension Context {
  /// What is known beforehand of the rows that a part is asked about, `[rows, width]`; nil where
  /// nothing is.
  public var condition: Variable? {
    get { self[ConditionKey.self] }
    set { self[ConditionKey.self] = newValue }
  }
}

/// Distributions over observations whose classes are given.
public struct LabelledDistribution<Base: Distribution, Observation: Rows>: Distribution
where Base.Value == Observation.Value {
  /// p(x | class).
  public let base: Base
  /// The classes, int32 `[batch]`.
  public let labels: Tensor

  /// What is known of the observations, and their classes.
  public init(_ base: Base, labels: Tensor) {
    self.base = base
    self.labels = labels
  }

  private func labelled(_ x: Base.Value) -> Labelled<Observation> {
    Labelled(Observation(value: x), labels: labels)
  }

  /// The mean of each, beside its class.
  public func mean(_ context: inout Context) -> Labelled<Observation> {
    labelled(base.mean(&context))
  }
  /// One of each, beside its class.
  public func sample(_ context: inout Context) -> Labelled<Observation> {
    labelled(base.sample(&context))
  }
  /// log p(x | class); the class costs nothing.
  public func logProbability(
    of x: Labelled<Observation>, _ context: inout Context
  ) -> Variable? { base.logProbability(of: x.observations.value, &context) }
  /// The classes go with the rows.
  public func mapParameters(_ f: (Variable) -> Variable) -> LabelledDistribution {
    LabelledDistribution(base.mapParameters(f), labels: f(Variable(labels)).value)
  }
  /// That of the observations.
  public static var hasDensity: Bool { Base.hasDensity }
}

// MARK: - Without the classes

/// A model of observations and classes that can show the observations alone.
public protocol ClassConditional<Plain>: LatentModel
where Observation == Labelled<Plain>, Condition == Tensor {
  /// The observations without their classes.
  associatedtype Plain: Rows
  /// The same model, which generates this class where nobody says otherwise.
  func ofClass(_ label: Int) -> Self
  /// What writes observations, each class being one more code.
  var unlabelled: any LatentModel<Plain> { get }
  /// Codes `[batch, latentCount]` of these classes as `unlabelled` reads them.
  func codes(_ codes: Tensor, of labels: Tensor) -> Tensor
}

extension ConditionalVAE: ClassConditional {
  /// The same model, which generates this class where nobody says otherwise.
  public func ofClass(_ label: Int) -> ConditionalVAE {
    precondition(
      (0..<classCount).contains(label), "a model of \(classCount) classes has no class \(label)")
    var own = self
    own.usual = Int32(label)
    return own
  }

  /// What writes observations, each class being one more code.
  public var unlabelled: any LatentModel<Base.Observation> { ClassAsCode(model: self) }

  /// The classes, and codes `[batch, latentCount]` beside them.
  public func codes(_ codes: Tensor, of labels: Tensor) -> Tensor {
    .concatenated([Self.told(labels, of: classCount, codes.dtype), codes], along: 1)
  }
}

/// The generating half of a conditional model.
private struct ClassAsCode<Base: ComposedModel>: LatentModel {
  typealias Observation = Base.Observation
  let model: ConditionalVAE<Base>

  var parts: KeyValuePairs<String, any ModulePart> { model.parts }

  func callAsFunction(
    _ x: Base.Observation?, _ condition: Blank, _ context: inout Context
  ) -> Base.Output {
    let count = condition.rowCount
    let width = ConditionalVAE<Base>.width(of: model.classCount)
    let none: Base.Q.Output? = nil
    let told = context.draw(
      "class", prior: Point(Variable(.zeros([count, width]))), posterior: nil as Point?)
    context.condition = told
    let z = context.draw("z", prior: model.base.prior(count, &context), posterior: none).numbers
    return model.base.output(from: .concatenated([z, told], along: 1), &context)
  }
}

extension ConditionalVAE: LengthLimited where Base: LengthLimited {
  /// As many steps as its base reads.
  public var maximumLength: Int? { base.maximumLength }
}
