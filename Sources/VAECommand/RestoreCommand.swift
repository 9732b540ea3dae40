import ArgumentParser
import VAEZoo

/// `vae restore`.
struct Restore: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take noise out of images, or fill in what is missing.",
    discussion: """
      Without a mask images pass through the model, which keeps what it knows of and drops noise; a \
      run trained with the objective 'denoising' is made for it. With --mask or --erase only the \
      missing pixels are filled in. --damage hurts clean images first, so that the error can be told.
      """)

  @OptionGroup var source: RunArgument
  @OptionGroup var data: DataArguments
  @Option(help: "How many.")
  var count = 50
  @Option(help: "A PNG of the images' size: white pixels are known, black ones are missing.")
  var mask: String?
  @Option(help: "A rectangle that is missing, in pixels from the top left.")
  var erase: PixelRectangle?
  @Option(help: "Damage to do first: noise=0.3, masking=0.5 or blur=1.5.")
  var damage: Damage?
  @Option(help: "How missing pixels are found: optimize moves the code, iterate samples it.")
  var method = Method.optimize
  @Option(help: "Steps of the method; 300 of optimize and 100 of iterate without it.")
  var steps: Int?
  @Option(help: "What damage and samples come from.")
  var seed = 0
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: ResultOptions

  enum Method: String, ExpressibleByArgument, CaseIterable {
    case optimize, iterate
  }

  func validate() throws {
    try requireCount(count, "--count", limit: 10_000)
    try steps.map { try requireCount($0, "--steps", limit: 1_000_000) }
    guard mask == nil || erase == nil else {
      throw ValidationError("--mask and --erase exclude each other")
    }
  }

  func act<D: Domain>(on run: Run<D>) throws {
    compute.apply()
    guard let model = run.model as? any LatentModel<Tensor>,
      model.observationShape.rank == 3
    else {
      throw Failure(
        65, "\(source.run): 'restore' works on pixels, but this run is over \(D.name)")
    }
    let known = try known(model.observationShape)
    let (name, batch) = try data.examples(count, for: run)
    guard let clean = batch.observations as? Tensor else { return }
    var key = RandomKey(seed: UInt64(bitPattern: Int64(seed)))
    var damaged = damage.map { $0.corruption(clean, using: &key) } ?? clean
    var restored = damaged
    if let known {
      let all = Tensor.concatenated(
        Array(repeating: known.expanded(at: 0), count: batch.count), along: 0)
      damaged = damaged * all
      restored = model.restore(damaged, known: all, by: way, using: &key)
    } else {
      restored = model.reconstruct(damaged)
    }
    try show(
      [("original", clean), ("damaged", damaged), ("restored", restored)],
      "\(name) \(D.name); \(run.caption)", run.folder)
  }

  private var way: RestorationMethod {
    switch method {
    case .optimize: .optimization(steps: steps ?? 300)
    case .iterate: .iteration(steps: steps ?? 100)
    }
  }

  /// Ones where a pixel is known, in the shape of an image; nil where nothing is missing.
  private func known(_ shape: Shape) throws -> Tensor? {
    let (height, width, channels) = (shape[0], shape[1], shape[2])
    var pixels = [Float](repeating: 1, count: height * width)
    if let erase {
      guard erase.x + erase.width <= width, erase.y + erase.height <= height else {
        throw Failure(
          64,
          "--erase: \(erase.description) reaches outside the images, which are \(width)x\(height)")
      }
      for y in erase.y..<(erase.y + erase.height) {
        for x in erase.x..<(erase.x + erase.width) { pixels[y * width + x] = 0 }
      }
    } else if let mask {
      let image = try readMask(mask)
      guard image.height == height, image.width == width else {
        throw Failure(
          65,
          "\(mask): the mask is \(image.width)x\(image.height), the images are \(width)x\(height)")
      }
      let values = image.values
      for pixel in pixels.indices {
        pixels[pixel] = values[pixel * image.channels] >= 0.5 ? 1 : 0
      }
    } else {
      return nil
    }
    guard pixels.contains(0) else { throw Failure(65, "the mask leaves nothing to fill in") }
    return Tensor(
      pixels.flatMap { Array(repeating: $0, count: channels) }, shape: [height, width, channels])
  }

  private func readMask(_ path: String) throws -> Image {
    do {
      return try PNGFile(path: path).image
    } catch {
      throw Failure(error.isMissingFile ? 66 : 65, "\(error)")
    }
  }

  private func show(
    _ states: [(label: String, images: Tensor)], _ subtitle: String, _ folder: RunFolder
  ) throws {
    let clean = states[0].images
    func error(_ images: Tensor) -> Double {
      let difference = images - clean
      return (difference * difference).sum().item / Double(clean.count)
    }
    var sheet = ImageSheet.comparison(
      try states.map { ($0.label, try Image.batch($0.images)) },
      columns: ImageSheet.comparisonColumns(for: clean), title: "Restored images")
    sheet.subtitle = subtitle
    let errors = states.dropFirst().map { ("squared_error_\($0.label)", error($0.images)) }
    try output.write(
      sheet.rendered(), named: "restoration", in: folder,
      figures: errors.map { ($0.0, .double($0.1)) })
    guard !output.json, !output.quiet, damage != nil || mask != nil || erase != nil else { return }
    Console.print(
      "squared error an element: \(Text.fixed(errors[0].1, 5)) damaged, "
        + "\(Text.fixed(errors[1].1, 5)) restored")
  }
}

/// Damage as an option writes it: `noise=0.3`.
struct Damage: ExpressibleByArgument {
  let corruption: Corruption

  init?(argument: String) {
    let parts = argument.split(separator: "=").map(String.init)
    guard parts.count == 2, let amount = Double(parts[1]), amount > 0, amount < 1000 else {
      return nil
    }
    switch parts[0] {
    case "noise": corruption = .noise(deviation: amount)
    case "masking" where amount < 1: corruption = .masking(rate: amount)
    case "blur": corruption = .blur(deviation: amount)
    default: return nil
    }
  }
}

/// A rectangle as an option writes it: `X,Y,WIDTH,HEIGHT`.
struct PixelRectangle: ExpressibleByArgument, CustomStringConvertible {
  let x: Int, y: Int, width: Int, height: Int

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 4, let x = numbers[0], let y = numbers[1], let width = numbers[2],
      let height = numbers[3], [x, y].allSatisfy({ (0..<ImageSize.limit).contains($0) }),
      [width, height].allSatisfy({ (1...ImageSize.limit).contains($0) })
    else { return nil }
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  var description: String { "\(x),\(y),\(width),\(height)" }
}
