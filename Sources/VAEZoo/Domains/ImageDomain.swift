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
  /// The classic one.
  public static func preset(fitting path: String) -> String? {
    DataKind(guessedFrom: path) == .images ? "pytorch-mnist" : nil
  }

  /// The shape of an image, `[height, width, channels]`.
  public let format: Shape

  /// Images of a shape.
  public init(_ format: Shape, in folder: RunFolder) throws(ConfigurationError) {
    guard format.rank == 3,
      format.dimensions.allSatisfy({ (1...ImageSize.limit).contains($0) })
    else {
      throw ConfigurationError(
        "expected [height, width, channels] of the images that the model was trained on",
        at: ["observation"])
    }
    self.init(format)
  }

  private init(_ shape: Shape) { format = shape }

  /// Grey and in colour.
  public static var standIns: [ImageDomain] {
    [ImageDomain([28, 28, 1]), ImageDomain([64, 64, 3])]
  }

  public static func open(
    _ path: String, _ reading: Reading, as known: ImageDomain?
  ) throws -> (domain: ImageDomain, splits: DatasetSplits<ImageDataset>) {
    let splits = try ImageDataset.open(path, options: reading.options)
    let shape = splits.train.imageShape
    guard let own = known?.format, own != shape else { return (ImageDomain(shape), splits) }
    let advice =
      own[2] != shape[2]
      ? "give images with \(own[2]) channels" : "add --size \(own[1])x\(own[0])"
    throw ObservationError(
      "\(path): its images are \(shape), but the model was trained on \(own); \(advice)")
  }

  public var summary: String {
    let colour = format[2] == 1 ? "grey" : format[2] == 3 ? "colour" : "\(format[2]) channels"
    return "\(format[1])x\(format[0]) \(colour)"
  }

  /// Batches, binarized if so read.
  public func batches(
    of part: ImageDataset, _ reading: Reading, size: Int, isShuffled: Bool, seed: UInt64
  ) -> any BatchSource<Batch<Tensor>> {
    ImageLoader(
      part, batchSize: size, isShuffled: isShuffled, seed: seed, binarization: reading.binarization)
  }

  public func offer(to assembly: Assembly) { assembly.offer(.observationShape) { _ in format } }

  /// The elements of an image.
  public var rawFeatures: (any FeatureExtractor<Tensor>)? {
    ElementFeatures(observationShape: format)
  }

  public func decoded(
    _ codes: Tensor, by model: any LatentModel<Tensor>, like original: Tensor?,
    _ showing: Showing, using key: inout RandomKey
  ) -> Tensor { model.observations(from: codes) }

  public func exhibit(
    _ states: [State<Tensor>], _ showing: Showing, title: String, subtitle: String
  ) throws -> Exhibit {
    let pictures = try states.map { ($0.name, try Image.batch($0.x)) }
    var sheet =
      pictures.count == 1
      ? ImageSheet.contact(pictures[0].1, columns: showing.columns, title: title)
      : ImageSheet.comparison(
        pictures, columns: showing.columns ?? ImageSheet.comparisonColumns(for: states[0].x),
        title: title)
    sheet.subtitle = subtitle
    return .picture(sheet.rendered())
  }

  public func pictures(of x: Tensor) throws(PictureError) -> [Image]? { try Image.batch(x) }
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
