/// Images, and other rows of numbers of one length.
public struct ImageDomain: Domain {
  public typealias Part = ImageDataset

  /// How images are read.
  public struct Reading: ComponentOptions, Equatable {
    @Setting("The size that images get, such as 32 or 48x32; null keeps the data's own.")
    public var size: ImageSize? = nil
    @Setting("What is done with an image that has not that size.")
    public var fit = DataOptions.Fit.stretch
    @Setting("How the pixels of a resized image are computed.")
    public var resampling = Resampling.bilinear
    @Setting("Whether images are read in grey, in colour, or as they are.")
    public var channels = DataOptions.Channels.automatic
    @Setting("The shape [height, width, channels] where the data is rows of plain numbers.")
    public var rowShape: Shape? = nil
    @Setting(
      "The columns of a table that are read: names, or numbers from 1; empty for all that hold "
        + "numbers.")
    public var columns: [String] = []
    @Setting("The column of a table that holds labels: a name, or a number from 1.")
    public var labelColumn: String? = nil
    @Setting("The scale that values are brought to.")
    public var scaling = DataOptions.Scaling.automatic
    @Setting("The order of the axes of an array of images; automatic takes 1, 3 or 4 for channels.")
    public var layout = DataOptions.Layout.automatic
    @Setting("What stands between the columns of a table; null finds it out.")
    public var separator: TableOptions.Separator? = nil
    @Setting("What stands before the decimals of numbers in a table; null finds it out.")
    public var decimal: TableOptions.Decimal? = nil
    @Setting("Whether a table's first row is a header; null finds it out.")
    public var header: Bool? = nil
    @Setting("How grey values become zeros and ones.")
    public var binarization = Binarization.none
    @Setting("Whether unreadable files of a folder are passed over rather than an error.")
    public var skipBad = false

    public init() {}

    var options: DataOptions {
      var options = DataOptions(size: size)
      (options.fit, options.resampling, options.channels) = (fit, resampling, channels)
      (options.rowShape, options.skipsBadFiles) = (rowShape, skipBad)
      (options.columns, options.labelColumn) = (columns, labelColumn)
      // Nobody draws in fewer pixels, and many tables have 9 or 16 columns.
      options.leastSide = 8
      (options.layout, options.table.separator) = (layout, separator)
      (options.table.decimal, options.table.header) = (decimal, header)
      return options
    }
  }

  /// How images are laid out.
  public struct Showing: ComponentOptions {
    @Setting("Images in a row; as many as look well without it.", .from(1...1000))
    public var columns: Int? = nil

    public init() {}
  }

  public static let name = "images"
  public static let summary = "images, and other rows of numbers of one length"
  public static var builtIn: [Datasets.Entry] { Datasets.builtInImages }
  public static var formats: [Datasets.Entry] { Datasets.imageFormats }
  /// Fully connected layers.
  public static func preset(fitting path: String) -> String? {
    DataKind(guessedFrom: path) == .images ? "dense-16" : nil
  }

  /// Convolutions for what is in colour or larger than digits, and a Gaussian likelihood for what are no
  /// shades of grey.
  public static func recipe(fitting path: String, _ reading: Reading) throws -> Recipe? {
    let (domain, splits) = try open(path, reading, as: nil)
    let (shape, train) = (domain.format.shape, splits.train)
    func recipe(_ preset: String, _ changes: ConfigurationValue = .mapping([])) -> Recipe {
      Recipe(preset, for: domain.summary, exampleCount: train.count, changing: changes)
    }
    if train.isRows {
      let isBinary = domain.format.values == nil && train.holdsFlips
      return isBinary
        ? recipe("table-mlp", ["data": ["scaling": "none"], "likelihood": "bernoulli"])
        : recipe("table-mlp")
    }
    let isGrey = shape[2] == 1 && domain.format.values == nil
    guard shape[2] == 1, max(shape[0], shape[1]) <= 28 else {
      return recipe("image-conv", isGrey ? ["likelihood": "bernoulli"] : .mapping([]))
    }
    return recipe("dense-16", isGrey ? .mapping([]) : ["likelihood": "gaussian"])
  }

  /// What images are like: `[28, 28, 1]`, or `{shape: [1, 13, 1], columns: [...], values: ...}` where
  /// there is more to say.
  public struct Format: Codable, Sendable, Equatable {
    /// The shape of an image, `[height, width, channels]`.
    public var shape: Shape
    /// What the numbers of a row are called; nil where they have no names.
    public var columns: [String]?
    /// How values stand to the data's own; nil where all lie in [0, 1] and are as they were.
    public var values: ValueScale?

    init(_ shape: Shape, columns: [String]? = nil, values: ValueScale? = nil) {
      (self.shape, self.columns, self.values) = (shape, columns, values)
    }

    private enum CodingKeys: String, CodingKey { case shape, columns, values }

    public init(from decoder: any Swift.Decoder) throws {
      if let shape = try? decoder.singleValueContainer().decode(Shape.self) {
        self.init(shape)
        return
      }
      let container = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        try container.decode(Shape.self, forKey: .shape),
        columns: try container.decodeIfPresent([String].self, forKey: .columns),
        values: try container.decodeIfPresent(ValueScale.self, forKey: .values))
    }

    public func encode(to encoder: any Swift.Encoder) throws {
      guard columns != nil || values != nil else {
        var container = encoder.singleValueContainer()
        return try container.encode(shape)
      }
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(shape, forKey: .shape)
      try container.encodeIfPresent(columns, forKey: .columns)
      try container.encodeIfPresent(values, forKey: .values)
    }
  }

  public let format: Format

  /// Images of a format.
  public init(_ format: Format, in folder: RunFolder) throws(ConfigurationError) {
    let shape = format.shape
    let scale = format.values?.scaling?.means.count ?? 1
    guard shape.rank == 3,
      shape.dimensions.allSatisfy({ (1...ImageSize.limit).contains($0) }),
      format.columns.map({ $0.count == shape.count }) ?? true,
      scale > 0, shape.count.isMultiple(of: scale)
    else {
      throw ConfigurationError(
        "expected [height, width, channels] of the images that the model was trained on",
        at: ["observation"])
    }
    self.init(format)
  }

  private init(_ format: Format) { self.format = format }

  /// Grey and in colour.
  public static var standIns: [ImageDomain] {
    [ImageDomain(Format([28, 28, 1])), ImageDomain(Format([64, 64, 3]))]
  }

  /// Opens images; the training part decides the columns and the scale unless they are known.
  public static func open(
    _ path: String, _ reading: Reading, as known: ImageDomain?
  ) throws -> (domain: ImageDomain, splits: DatasetSplits<ImageDataset>) {
    var options = reading.options
    // A model knows its columns by their names, in whatever order they come.
    if let columns = known?.format.columns { options.knownColumns = columns }
    let splits = try ImageDataset.open(path, options: options)
    let shape = splits.train.imageShape
    guard let known else {
      let (scaled, values) = try splits.scaled(reading.scaling)
      if reading.binarization != .none, let values {
        throw ObservationError(
          "\(path): binarization takes values in [0, 1], and these run from \(values.least) to "
            + "\(values.greatest); set data.binarization to none")
      }
      return (
        ImageDomain(Format(shape, columns: splits.train.columnNames, values: values)), scaled
      )
    }
    let own = known.format.shape
    guard own == shape else {
      let advice =
        own[2] != shape[2]
        ? "give images with \(own[2]) channels" : "add --size \(own[1])x\(own[0])"
      throw ObservationError(
        "\(path): its images are \(shape), but the model was trained on \(own); "
          + (splits.train.isRows ? "give rows of \(own.count) numbers" : advice))
    }
    return (known, try splits.scaled(as: known.format.values))
  }

  public var summary: String {
    let shape = format.shape
    if shape[0] == 1 && shape[2] == 1 {
      return "rows of \(shape[1]) number\(shape[1] == 1 ? "" : "s")"
    }
    let colour = shape[2] == 1 ? "grey" : shape[2] == 3 ? "colour" : "\(shape[2]) channels"
    return "\(shape[1])x\(shape[0]) \(colour)"
  }

  /// Batches, binarized if so read.
  public func batches(
    of part: ImageDataset, _ reading: Reading, size: Int, isShuffled: Bool, seed: UInt64
  ) -> any BatchSource<Batch<Tensor>> {
    ImageLoader(
      part, batchSize: size, isShuffled: isShuffled, seed: seed, binarization: reading.binarization)
  }

  public func offer(to assembly: Assembly) {
    assembly.offer(.observationShape) { _ in format.shape }
  }

  /// The elements of an image.
  public var rawFeatures: (any FeatureExtractor<Tensor>)? {
    ElementFeatures(observationShape: format.shape)
  }

  public func decoded(
    _ codes: Tensor, by model: any LatentModel<Tensor>, like original: Tensor?,
    _ showing: Showing, using key: inout RandomKey
  ) -> Tensor { model.observations(from: codes) }

  public func exhibit(
    _ states: [State<Tensor>], _ showing: Showing, title: String, subtitle: String
  ) throws -> Exhibit {
    let pictures = try states.map { ($0.name, try Image.batch(visible($0.x))) }
    var sheet =
      pictures.count == 1
      ? ImageSheet.contact(pictures[0].1, columns: showing.columns, title: title)
      : ImageSheet.comparison(
        pictures, columns: showing.columns ?? ImageSheet.comparisonColumns(for: states[0].x),
        title: title)
    sheet.subtitle = subtitle
    return .picture(sheet.rendered(), states.last.map { numbers($0.x) })
  }

  /// Observations in the unit of the data, single rows as such.
  private func numbers(_ x: Tensor) -> Exhibit.Numbers {
    let x = format.values?.scaling?.invert(x) ?? x
    let isRow = format.shape[0] == 1 && format.shape[2] == 1
    return Exhibit.Numbers(
      isRow ? x.reshaped(to: [x.shape[0], format.shape[1]]) : x, columns: format.columns)
  }

  public func pictures(of x: Tensor) throws(PictureError) -> [Image]? {
    try Image.batch(visible(x))
  }

  /// Values as a picture shows them, from 0 for the least of the training part to 1 for the greatest;
  /// standardized rows, whose columns have units of their own, from three deviations below the mean to
  /// three above.
  private func visible(_ x: Tensor) -> Tensor {
    guard let values = format.values else { return x }
    if let scaling = values.scaling, scaling.means.count > 1 { return (x + 3) * (1 / 6) }
    let x = values.scaling?.invert(x) ?? x
    let width = values.greatest - values.least
    return (x - values.least) * (width > 0 ? 1 / width : 1)
  }
}

extension ImageDataset {
  /// Whether the first examples hold zeros and ones alone.
  fileprivate var holdsFlips: Bool {
    let first = try? images(at: 0..<min(count, 1000))
    return first?.floats.allSatisfy { $0 == 0 || $0 == 1 } ?? false
  }
}

extension ImageSheet {
  /// Pairs in a row of a comparison: 25, or fewer where images are wide.
  public static func comparisonColumns(for images: Tensor) -> Int {
    min(25, max(6, 1600 / max(1, images.shape[-2])))
  }
}

extension Family {
  public static let images = Family { $0.add(ImageDomain.self) }
}
