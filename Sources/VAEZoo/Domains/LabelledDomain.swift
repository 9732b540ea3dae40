internal import SystemFiles

/// Examples of a domain together with their labels, for models that are told the class.
public struct LabelledDomain<Base: Domain>: Domain where Base.Part.Observation: Rows {
  public typealias Part = LabelledDataset<Base.Part>
  /// As the examples are read.
  public typealias Reading = Base.Reading
  /// As the examples are shown, of a class if one is named.
  public typealias Showing = LabelledShowing<Base.Showing>

  /// What a run knows of the examples, and the names of the classes in their order.
  public struct Format: Codable, Sendable {
    /// The format of the examples.
    public var of: Base.Format
    /// The names of the classes.
    public var classes: [String]
  }

  public static var name: String { "labelled-\(Base.name)" }
  /// Parts of a model may look at the examples alone.
  public static var observed: Observed {
    Observed(Part.Observation.self, form: name, with: Base.observed)
  }
  public static var summary: String { "\(Base.name) with their labels" }
  public static var builtIn: [Datasets.Entry] { Base.builtIn }
  public static var formats: [Datasets.Entry] { Base.formats }
  /// None: a path does not tell whether labels are to be learned from.
  public static func preset(fitting path: String) -> String? { nil }

  private let base: Base
  private let classes: [String]

  private init(_ base: Base, _ classes: [String]) { (self.base, self.classes) = (base, classes) }

  /// Two classes and five.
  public static var standIns: [LabelledDomain] {
    zip(Base.standIns, [2, 5]).map { base, count in
      LabelledDomain(base, (0..<count).map { "\($0)" })
    }
  }

  /// Labelled examples of a format.
  public init(_ format: Format, in folder: RunFolder) throws {
    guard !format.classes.isEmpty else {
      throw ConfigurationError("expected the names of classes", at: ["observation", "classes"])
    }
    self.init(try Base(format.of, in: folder), format.classes)
  }

  public var format: Format { Format(of: base.format, classes: classes) }
  public func write(to folder: RunFolder) throws(CheckpointError) { try base.write(to: folder) }
  public var summary: String { "\(base.summary), of \(classes.count) classes" }

  /// Opens the examples; the training part decides the classes unless they are known.
  public static func open(
    _ path: String, _ reading: Reading, as known: LabelledDomain?
  ) throws -> (domain: LabelledDomain, splits: DatasetSplits<Part>) {
    let (base, splits) = try Base.open(path, reading, as: known?.base)
    var classes = known?.classes ?? []
    if known == nil {
      let train = splits.train
      classes = train.classNames ?? (0..<train.classCount).map { "\($0)" }
      guard train.labels != nil, !classes.isEmpty else {
        throw ObservationError(
          "\(path): it has no labels, which a model of \(name) is told; choose data.kind "
            + "\(Base.name), or give data with labels")
      }
    }
    func labelled(_ part: Base.Part) throws -> Part { try Part(part, as: classes, path) }
    return (
      LabelledDomain(base, classes),
      DatasetSplits(
        train: try labelled(splits.train), validation: try splits.validation.map(labelled),
        test: try splits.test.map(labelled))
    )
  }

  public func trained(on part: Part) -> LabelledDomain {
    LabelledDomain(base.trained(on: part.base), classes)
  }

  /// The batches of the examples, their labels in the numbers of the run.
  public func batches(
    of part: Part, _ reading: Reading, size: Int, isShuffled: Bool, seed: UInt64
  ) -> any BatchSource<Batch<Part.Observation>> {
    func labelled(
      _ batches: some BatchSource<Batch<Base.Part.Observation>>
    ) -> any BatchSource<Batch<Part.Observation>> {
      let numbers = part.numbers
      return batches.map { batch in
        let labels = batch.labels?.integers.map { numbers[Int($0)] }
        return Labelled(
          batch.observations,
          labels: Tensor(
            labels ?? Array(repeating: Part.Observation.missing, count: batch.count),
            shape: [batch.count]))
      }
    }
    return labelled(
      base.batches(of: part.base, reading, size: size, isShuffled: isShuffled, seed: seed))
  }

  public func offer(to assembly: Assembly) {
    base.offer(to: assembly)
    assembly.offer(.classCount) { _ in classes.count }
  }

  public static var counts: (samples: Int, pairs: Int) { Base.counts }

  public func validate(_ showing: Showing) throws(ConfigurationError) {
    try base.validate(showing.base)
    guard let label = showing.label, !classes.contains(label) else { return }
    throw ConfigurationError(
      unknown: "class", label, known: classes, allIn: "the run's config.yaml", at: ["label"])
  }

  /// The model of the class that is named.
  public func drawing(
    _ model: any LatentModel<Part.Observation>, _ showing: Showing
  ) -> any LatentModel<Part.Observation> {
    guard let label = showing.label.flatMap(classes.firstIndex(of:)),
      let conditional = model as? any ClassConditional<Base.Part.Observation>
    else { return model }
    func ofClass(
      _ model: some ClassConditional<Base.Part.Observation>
    ) -> any LatentModel<Part.Observation> { model.ofClass(label) }
    return ofClass(conditional)
  }

  public func decoded(
    _ codes: Tensor, by model: any LatentModel<Part.Observation>, like original: Part.Observation?,
    _ showing: Showing, using key: inout RandomKey
  ) -> Part.Observation {
    func labelled(
      _ model: some ClassConditional<Base.Part.Observation>
    ) -> Part.Observation {
      // The class that is named, else that of what the codes are of, else as the model has it.
      let own = showing.label == nil ? original?.labels : nil
      let labels = own ?? model.typicalCondition(codes.shape[0])
      let x = base.decoded(
        model.codes(codes, of: labels), by: model.unlabelled, like: original?.observations,
        showing.base, using: &key)
      return Labelled(x, labels: labels)
    }
    guard let model = drawing(model, showing) as? any ClassConditional<Base.Part.Observation> else {
      return model.observations(from: codes)
    }
    return labelled(model)
  }

  public func exhibit(
    _ states: [State<Part.Observation>], _ showing: Showing, title: String, subtitle: String
  ) throws -> Exhibit {
    let title = showing.label.map { "\(title) of class \($0)" } ?? title
    return try base.exhibit(
      states.map { ($0.name, $0.x.observations) }, showing.base, title: title, subtitle: subtitle)
  }

  public func pictures(of x: Part.Observation) throws(PictureError) -> [Image]? {
    try base.pictures(of: x.observations)
  }

  public func windows(of part: Part) -> WindowPlan? { base.windows(of: part.base) }

  public func steps(of part: Part, at places: [Int]) throws -> [[Double]] {
    try base.steps(of: part.base, at: places)
  }
}

/// Examples whose labels are part of what models see.
public struct LabelledDataset<Base: Dataset>: Dataset where Base.Observation: Rows {
  public typealias Observation = Labelled<Base.Observation>
  /// The examples.
  let base: Base
  /// The number that a run gives each class of the examples.
  let numbers: [Int32]
  private let classes: [String]

  /// Throws where an example is of none of the run's classes.
  init(_ base: Base, as classes: [String], _ path: String) throws(ObservationError) {
    self.base = base
    self.classes = classes
    let own = base.classNames ?? (0..<base.classCount).map { "\($0)" }
    let used = Set(base.labels ?? [])
    var numbers = [Int32](repeating: Observation.missing, count: own.count)
    for (label, name) in own.enumerated() {
      if let place = classes.firstIndex(of: name) {
        numbers[label] = Int32(place)
      } else if used.contains(Int32(label)) {
        throw ObservationError(
          "\(path): it has examples of the class '\(name)', which the model does not know; known: "
            + listed(classes, allIn: "the run's config.yaml"))
      }
    }
    self.numbers = numbers
  }

  private init(_ base: Base, _ other: LabelledDataset) {
    (self.base, numbers, classes) = (base, other.numbers, other.classes)
  }

  public var name: String { base.name }
  public var count: Int { base.count }
  public var labels: [Int32]? { base.labels.map { $0.map { numbers[Int($0)] } } }
  public var classNames: [String]? { classes }
  public var skipped: [String] { base.skipped }
  public var notes: [String] { base.notes }
  public var longest: Int? { base.longest }
  public func fileName(of example: Int) -> String? { base.fileName(of: example) }
  public func split(
    fraction: Double, seed: UInt64
  ) -> (first: LabelledDataset, second: LabelledDataset) {
    let (first, second) = base.split(fraction: fraction, seed: seed)
    return (LabelledDataset(first, self), LabelledDataset(second, self))
  }
  public func subset(_ examples: [Int]) -> LabelledDataset {
    LabelledDataset(base.subset(examples), self)
  }
}

/// How labelled examples are shown.
public struct LabelledShowing<Base: ComponentOptions>: ComponentOptions {
  /// How examples are shown.
  public var base = Base()
  @Setting("The class of what is made; each in turn, or that of the original, without it.")
  public var label: String? = nil

  public init() {}

  private enum CodingKeys: String, CodingKey { case label }

  // The options of the examples stand beside the label.
  public init(from decoder: any Swift.Decoder) throws {
    base = try Base(from: decoder)
    label = try decoder.container(keyedBy: CodingKeys.self)
      .decodeIfPresent(String.self, forKey: .label)
  }

  public func encode(to encoder: any Swift.Encoder) throws {
    try base.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(label, forKey: .label)
  }

  public func validate() throws(ConfigurationError) { try base.check() }
}

extension Family {
  /// Images, text and signals with their labels.
  public static let labelled = Family { registry in
    registry.add(LabelledDomain<ImageDomain>.self)
    registry.add(LabelledDomain<TextDomain>.self)
    registry.add(LabelledDomain<SignalDomain>.self)
  }
}
