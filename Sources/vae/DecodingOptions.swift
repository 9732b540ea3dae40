import ArgumentParser
import VAEZoo

/// How sequences are generated from codes.
struct DecodingOptions: ParsableArguments {
  @Option(help: "Draws each token, the odds sharpened below 1 and flattened above.")
  var temperature: Double?
  @Option(help: "Draws each token from so many of the most probable.")
  var topK: Int?
  @Option(help: "Draws each token from the most probable that make up this share.")
  var nucleus: Double?
  @Option(help: "Searches for the most probable sequence with so many at a time.")
  var beam: Int?
  @Option(help: "Steps at most; those of the longest training example without it.")
  var maximumLength: Int?

  func validate() throws {
    try topK.map { try requireCount($0, "--top-k", limit: 1 << 24) }
    try beam.map { try requireCount($0, "--beam", limit: 1024) }
    try maximumLength.map { try requireCount($0, "--maximum-length", limit: 1 << 20) }
    if let temperature, !(temperature > 0 && temperature <= 100) {
      throw ValidationError("--temperature takes a number above 0, at most 100")
    }
    if let nucleus, !(nucleus > 0 && nucleus <= 1) {
      throw ValidationError("--nucleus takes a share above 0, at most 1")
    }
    if beam != nil && isSampled {
      throw ValidationError("--beam searches, so it goes with none of the options that draw")
    }
  }

  private var isSampled: Bool { temperature != nil || topK != nil || nucleus != nil }

  /// Greedy without an option.
  var rule: DecodingRule {
    if let beam { return .beam(width: beam, lengthPenalty: 1) }
    guard isSampled else { return .greedy }
    return .sampling(temperature: temperature ?? 1, topK: topK, nucleus: nucleus)
  }

  func limit(_ run: SequenceRun) -> Int { maximumLength ?? run.longest }
}
