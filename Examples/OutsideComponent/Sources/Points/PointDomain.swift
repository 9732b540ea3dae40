import VAEZoo

/// Points of the plane: a kind of data of one's own, which every command can be used on.
public struct PointDomain: Domain {
  public typealias Part = Points
  public typealias Showing = NoOptions

  /// How points are drawn.
  public struct Reading: ComponentOptions {
    @Setting("How many points are drawn.", .from(10...1_000_000)) public var count = 2000
    @Setting("The ring's radius.", .positive) public var radius = 2.0
    @Setting("How far points lie off the ring.", .positive) public var noise = 0.1

    public init() {}
  }

  public static let name = "points"
  public static let summary = "points of the plane"
  public static var builtIn: [Datasets.Entry] {
    [Datasets.Entry(name: "ring", summary: "points around a ring")]
  }
  public static func preset(fitting path: String) -> String? { path == "ring" ? "ring" : nil }

  public static func open(
    _ path: String, _ reading: Reading, as known: PointDomain?
  ) -> (domain: PointDomain, splits: DatasetSplits<Points>) {
    let splits = DatasetSplits(train: Points.ring(path, reading))
    return (PointDomain(2, in: RunFolder("")), splits)
  }

  /// Numbers of a point.
  public let format: Int
  public init(_ format: Int, in folder: RunFolder) { self.format = format }
  public var summary: String { "\(format) numbers each" }

  public func batches(
    of part: Points, _ reading: Reading, size: Int, isShuffled: Bool, seed: UInt64
  ) -> any BatchSource<Batch<Tensor>> {
    PointBatches(points: part, size: size, seed: isShuffled ? seed : nil)
  }

  /// There is one form.
  public static var standIns: [PointDomain] { [PointDomain(2, in: RunFolder(""))] }

  public func offer(to assembly: Assembly) { assembly.offer(.observationShape) { _ in [format] } }

  public func decoded(
    _ codes: Tensor, by model: any LatentModel<Tensor>, like original: Tensor?,
    _ showing: NoOptions,
    using key: inout RandomKey
  ) -> Tensor { model.observations(from: codes) }

  /// All points in one plot, in a colour for each state.
  public func exhibit(
    _ states: [State<Tensor>], _ showing: NoOptions, title: String, subtitle: String
  ) -> Exhibit {
    let points = states.flatMap { $0.x.doubles }
    let places = 0..<(points.count / 2)
    return .picture(
      ScatterPlot(
        x: places.map { points[2 * $0] }, y: places.map { points[2 * $0 + 1] },
        labels: states.enumerated().flatMap { i, state in
          Array(repeating: i, count: state.x.shape[0])
        }, classNames: states.map(\.name), title: "\(title), \(subtitle)"
      ).rendered())
  }
}

extension Family {
  /// Points of the plane, and a recipe for them.
  public static let points = Family { registry in
    registry.add(PointDomain.self)
    registry.add(
      Preset(
        "ring", "points of a ring, two codes", source: "this package",
        """
        data: {kind: points}
        latent: 2
        encoder: {name: mlp, hidden: [64, 64]}
        decoder: {name: mlp, hidden: [64, 64]}
        likelihood: {name: gaussian, scale: shared, sigma: 0.5, floor: 0.02}
        trainer: {epochs: 20}
        """))
  }
}
