import ArgumentParser
import VAEZoo

/// `vae embed`.
struct Embed: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw the codes of data in the plane, and tell whether its classes form clusters.",
    discussion: """
      Codes of more than two dimensions are laid out by their principal components, or by t-SNE. \
      Where the data has labels, k-means and a Gaussian mixture divide the codes into as many \
      clusters, which are compared with the labels by normalized mutual information (NMI), the \
      adjusted Rand index (ARI), and accuracy with each cluster standing for its best class.
      """)

  @OptionGroup var source: RunArgument
  @OptionGroup var data: DataArguments
  @Option(help: "How many examples, chosen at random; all where there are no more.")
  var count = 3000
  @Option(
    help: "How codes are laid out: pca or tsne. Two codes are drawn as they are without it.")
  var method: Method?
  @Option(help: "How many neighbours count in t-SNE, smoothly.")
  var perplexity = 30.0
  @Option(help: "Into how many clusters; as many as there are classes without it.")
  var clusters: Int?
  @Option(help: "Also writes the codes: a CSV, or NumPy's format where the name ends in .npy.")
  var codes: String?
  @Option(help: "What the choice of examples, clusters and t-SNE come from.")
  var seed = 0
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: ResultOptions

  enum Method: String, ExpressibleByArgument, CaseIterable {
    case pca, tsne
  }

  func validate() throws {
    try requireCount(count, "--count", limit: 100_000)
    try codes.map { try requireEnding($0, ["csv", "npy"], of: "a table of codes") }
    try output.out.map { try requireEnding($0, ["png"], of: "a picture") }
    try clusters.map { try requireCount($0, "--clusters", limit: 10_000) }
    guard perplexity >= 1, perplexity <= 1000 else {
      throw ValidationError("--perplexity takes a number from 1 to 1000, not \(perplexity)")
    }
  }

  func act<D: Domain>(on run: Run<D>) throws {
    compute.apply()
    let (data, name, whole) = try data.open(for: run)
    let dataset = whole.sampled(count, seed: UInt64(bitPattern: Int64(seed)))
    guard dataset.count > 0 else {
      throw Failure(65, "\(Text.part(name, of: whole.name)) has no examples")
    }
    if let clusters, clusters > dataset.count {
      throw Failure(64, "--clusters: \(clusters) clusters of \(dataset.count) examples")
    }
    let codes = try run.model.allCodes(of: data.batches(of: dataset))
    guard codes.isFinite else {
      throw Failure(70, "\(source.run): the codes are no numbers; train the model anew")
    }
    if let path = self.codes { try writeCodes(codes, of: dataset, to: path) }
    let labels = dataset.labels.map { $0.map(Int.init) }
    var key = RandomKey(seed: UInt64(bitPattern: Int64(seed)))
    let found = Clusters(of: codes, count: clusterCount(of: dataset), labels: labels, using: &key)
    let layout = Layout(of: codes, by: method, perplexity: perplexity, using: &key)
    let groups =
      labels.map { ($0, dataset.classNames ?? []) }
      ?? found.map { found in
        (found.kMeans, (0..<(found.count)).map { "cluster \($0 + 1)" })
      } ?? ([], [])
    let plot = ScatterPlot(
      x: layout.x, y: layout.y, labels: groups.0, classNames: groups.1,
      title: "Codes of \(Text.count(dataset.count)) examples", xLabel: layout.names.x,
      yLabel: layout.names.y)
    try output.write(
      plot.rendered(), named: "embedding", in: run.folder,
      figures: [
        ("data", .string(dataset.name)), ("split", .string(name)),
        ("examples", .int(dataset.count)), ("method", .string(layout.method)),
      ] + (found?.json ?? []))
    guard !output.json, !output.quiet else { return }
    let examples = [
      "examples", "\(Text.count(dataset.count)) (\(Text.part(name, of: dataset.name)))",
    ]
    Console.print(Text.table([examples, ["layout", layout.summary]] + (found?.rows ?? [])))
  }

  /// As many clusters as were asked for, or as there are classes; nil where neither is known.
  private func clusterCount(of dataset: some Dataset) -> Int? {
    if let clusters { return clusters }
    guard let labels = dataset.labels else { return nil }
    return Set(labels).count
  }
}

/// Codes in the plane.
private struct Layout {
  let x: [Double]
  let y: [Double]
  let names: (x: String, y: String)
  let method: String
  let summary: String

  init(
    of codes: Tensor, by wished: Embed.Method?, perplexity: Double, using key: inout RandomKey
  ) {
    let width = codes.shape[1]
    let places: Tensor
    switch wished {
    case nil where width <= 2:
      places = codes
      (method, names, summary) = ("codes", ("code 1", "code 2"), "the codes themselves")
    case nil, .pca:
      let components = PrincipalComponents(codes, count: 2)
      places = components(codes)
      let percent = components.shares.map { Text.fixed($0 * 100, 0) + " %" }
      method = "pca"
      names = ("first component", "second component")
      summary = "principal components with \(percent.joined(separator: " and ")) of the variance"
    case .tsne:
      let found = TSNE(codes, perplexity: perplexity, using: &key)
      places = found.coordinates
      method = "tsne"
      names = ("t-SNE 1", "t-SNE 2")
      summary = "t-SNE, " + Text.fixed(found.divergences.last ?? 0, 3) + " nats from the codes"
    }
    func column(_ place: Int) -> [Double] {
      place < places.shape[1]
        ? places.sliced(along: 1, place..<(place + 1)).doubles
        : Array(repeating: 0, count: codes.shape[0])
    }
    (x, y) = (column(0), column(1))
  }
}

/// Codes divided into clusters in two ways, and how these agree with labels.
private struct Clusters {
  let count: Int
  let kMeans: [Int]
  private let agreements: [(name: String, key: String, agreement: ClusterAgreement)]

  /// Nil where no number of clusters is known.
  init?(of codes: Tensor, count: Int?, labels: [Int]?, using key: inout RandomKey) {
    guard let count else { return nil }
    self.count = count
    kMeans = KMeans(codes, clusterCount: count, using: &key).clusters
    guard let labels else {
      agreements = []
      return
    }
    let mixture = GaussianMixture(codes, componentCount: count, using: &key).clusters
    agreements = [
      ("k-means", "k_means", kMeans), ("Gaussian mixture", "gaussian_mixture", mixture),
    ]
    .map { ($0.0, $0.1, ClusterAgreement(clusters: $0.2, labels: labels)) }
  }

  var json: [(name: String, value: ConfigurationValue)] {
    [("clusters", .int(count))]
      + agreements.map { entry in
        let found = entry.agreement
        let value: ConfigurationValue = [
          "nmi": .double(found.normalizedMutualInformation),
          "ari": .double(found.adjustedRandIndex),
          "accuracy": .double(found.matchedAccuracy),
        ]
        return (entry.key, value)
      }
  }

  var rows: [[String]] {
    agreements.map { entry in
      let found = entry.agreement
      return [
        entry.name,
        "\(count) clusters: NMI \(Text.fixed(found.normalizedMutualInformation, 3)), "
          + "ARI \(Text.fixed(found.adjustedRandIndex, 3)), "
          + "accuracy \(Text.fixed(found.matchedAccuracy * 100, 1)) %",
      ]
    }
  }
}
