/// What is observed, said once: how data of a kind is read and known again, what parts may ask about
/// it, how it is decoded and how it is shown.
///
/// A value of it is what has been learned about the data of a run, such as a size or a vocabulary.
/// Whatever a command does, it does to any domain.
public protocol Domain: Sendable {
  /// Data of this kind.
  associatedtype Part: Dataset
  /// How data is read: the keys under `data`, beside `kind`, `path` and `limit`.
  associatedtype Reading: ComponentOptions
  /// How observations are decoded and laid out: options of `sample` and its like.
  associatedtype Showing: ComponentOptions
  /// What `observation` holds in `config.yaml`.
  associatedtype Format: Codable & Sendable

  /// What `data.kind` says.
  static var name: String { get }
  /// What it is, in one line.
  static var summary: String { get }
  /// What parts must be made for; the type of observations in the form of the name unless told
  /// otherwise.
  static var observed: Observed { get }
  /// The built-in sets; the first is read where nobody names data.
  static var builtIn: [Datasets.Entry] { get }
  /// The formats of files and folders that are read; none unless told otherwise.
  static var formats: [Datasets.Entry] { get }
  /// The preset that fits data at `path`, by a first look at it; nil where it is not of this kind.
  static func preset(fitting path: String) -> String?
  /// The recipe for data at `path`, once it is known what it holds; the preset that fits, unchanged,
  /// unless told otherwise.
  ///
  /// - Throws: What opening the data throws.
  static func recipe(fitting path: String, _ reading: Reading) throws -> Recipe?

  /// Forms that data may have, unlike each other, on which a configuration is tried before there is
  /// data: what fails on all of them in the same words is refused. Small ones, since models are made
  /// for them.
  static var standIns: [Self] { get }

  /// Opens data, in the form of `known` where a run has one already; otherwise the training part
  /// decides the form.
  ///
  /// - Throws: `DataError` where there is no data, or none that can be used, `ObservationError` where
  ///   it has not the form that is known.
  static func open(
    _ path: String, _ reading: Reading, as known: Self?
  ) throws -> (domain: Self, splits: DatasetSplits<Part>)

  /// The domain of a run that trains on `part`, which alone decides such things as the longest
  /// example; itself unless told otherwise.
  func trained(on part: Part) -> Self

  /// What a run folder holds about its data.
  ///
  /// - Throws: ``ConfigurationError`` where the format is that of no data, ``RunError`` where a file
  ///   of the folder is missing or damaged.
  init(_ format: Format, in folder: RunFolder) throws
  /// What `init` reads.
  var format: Format { get }
  /// Writes what does not fit `config.yaml`; nothing unless told otherwise.
  func write(to folder: RunFolder) throws(CheckpointError)
  /// What observations are like, in a few words: "28x28 grey".
  var summary: String { get }

  /// Batches of a part.
  func batches(
    of part: Part, _ reading: Reading, size: Int, isShuffled: Bool, seed: UInt64
  ) -> any BatchSource<Batch<Part.Observation>>
  /// Offers what parts of a model may ask about an observation.
  func offer(to assembly: Assembly)
  /// What an observation is made of, without any model; nil where nothing can be learned of it so.
  var rawFeatures: (any FeatureExtractor<Part.Observation>)? { get }

  /// How many samples, and how many pairs of an original and its reconstruction, make a sheet.
  static var counts: (samples: Int, pairs: Int) { get }
  /// Throws where options of showing make no sense of what is known of the data.
  func validate(_ showing: Showing) throws(ConfigurationError)
  /// The model as new examples are drawn from it, such as one of a class that `showing` names; itself
  /// unless told otherwise.
  func drawing(
    _ model: any LatentModel<Part.Observation>, _ showing: Showing
  ) -> any LatentModel<Part.Observation>
  /// What codes stand for.
  ///
  /// - Parameters:
  ///   - codes: The codes, `[count, latentCount]`.
  ///   - model: What decodes them.
  ///   - original: What the codes are of, where they are of something.
  ///   - showing: How they are decoded.
  ///   - key: Where draws come from.
  /// - Returns: As many observations.
  func decoded(
    _ codes: Tensor, by model: any LatentModel<Part.Observation>, like original: Part.Observation?,
    _ showing: Showing, using key: inout RandomKey
  ) -> Part.Observation
  /// Observations for a person; of several states, such as originals and reconstructions, those at
  /// one place belong together.
  func exhibit(
    _ states: [State<Part.Observation>], _ showing: Showing, title: String, subtitle: String
  ) throws -> Exhibit
  /// A picture of each observation alone; nil of what is shown otherwise.
  func pictures(of x: Part.Observation) throws(PictureError) -> [Image]?
  /// An observation as a person writes it; nil where nobody writes one.
  ///
  /// - Throws: `DataError` or `ObservationError` where it is none.
  func observation(written text: String) throws -> Part.Observation?

  /// The windows of long series that examples are; nil where they are none.
  func windows(of part: Part) -> WindowPlan?
  /// The first feature at every step of some windows, in the unit of the data.
  func steps(of part: Part, at places: [Int]) throws -> [[Double]]
}

/// Observations on their way through a model, under a name such as "original".
public typealias State<Observation> = (name: String, x: Observation)

extension Domain {
  /// The type of observations in the form of the domain's name.
  public static var observed: Observed { Observed(Part.Observation.self, form: name) }
  /// The preset as it is.
  public static func recipe(fitting path: String, _ reading: Reading) -> Recipe? {
    preset(fitting: path).map { Recipe($0, for: name) }
  }
  /// Itself.
  public func trained(on part: Part) -> Self { self }
  /// None.
  public static var formats: [Datasets.Entry] { [] }
  /// 64 and 50.
  public static var counts: (samples: Int, pairs: Int) { (64, 50) }
  /// Nothing.
  public func write(to folder: RunFolder) throws(CheckpointError) {}
  /// Nil.
  public var rawFeatures: (any FeatureExtractor<Part.Observation>)? { nil }
  /// Itself.
  public func drawing(
    _ model: any LatentModel<Part.Observation>, _ showing: Showing
  ) -> any LatentModel<Part.Observation> { model }
  /// Any makes sense.
  public func validate(_ showing: Showing) throws(ConfigurationError) {}
  /// Nil.
  public func pictures(of x: Part.Observation) throws(PictureError) -> [Image]? { nil }
  /// Nil.
  public func observation(written text: String) throws -> Part.Observation? { nil }
  /// Nil.
  public func windows(of part: Part) -> WindowPlan? { nil }
  /// None.
  public func steps(of part: Part, at places: [Int]) throws -> [[Double]] { [] }
}

// MARK: - In a registry

extension Role where Part == any Domain.Type {
  /// What is observed.
  public static var domain: Role { Role("domain") }
}

extension Registry {
  /// Adds a kind of data.
  public mutating func add<D: Domain>(_ domain: D.Type) {
    add(.domain, D.name, D.summary, D.Reading()) { _, _, _ in domain }
  }

  /// The domain of a name.
  ///
  /// - Throws: ``ConfigurationError`` that names the nearest.
  public func domain(_ name: String) throws(ConfigurationError) -> any Domain.Type {
    let nowhere = Assembly(self, of: Observed(Never.self), key: RandomKey(seed: 0))
    do {
      return try nowhere.make(ComponentConfiguration(name), .domain)
    } catch let error as ConfigurationError {
      throw ConfigurationError(error.reason, at: ["data", "kind"])
    } catch {
      throw ConfigurationError("\(error)", at: ["data", "kind"])
    }
  }

  /// The domains, in the order they were added.
  public var domains: [any Domain.Type] {
    components.filter { $0.role == "domain" }.compactMap { try? domain($0.name) }
  }
}
