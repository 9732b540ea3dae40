/// How sequences are generated from codes.
public struct SequenceShowing: ComponentOptions {
  @Setting(
    "Draws each step, the odds sharpened below 1 and flattened above; null takes the likeliest.",
    Rule("a number above 0, at most 100, or null") { $0.map { $0 > 0 && $0 <= 100 } ?? true })
  public var temperature: Double? = nil
  @Setting("Draws each token from so many of the most probable.", .from(1...(1 << 24)))
  public var topK: Int? = nil
  @Setting(
    "Draws each token from the most probable that make up this share.",
    Rule("a share above 0, at most 1, or null") { $0.map { $0 > 0 && $0 <= 1 } ?? true })
  public var nucleus: Double? = nil
  @Setting("Searches for the most probable sequence with so many at a time.", .from(1...1024))
  public var beam: Int? = nil
  @Setting("Steps at most; null for those of the longest training example.", .from(1...(1 << 20)))
  public var maximumLength: Int? = nil

  /// The likeliest step, one after the other.
  public init() {}

  /// A search goes with nothing that draws.
  public func validate() throws(ConfigurationError) {
    guard beam == nil || !isSampled else {
      throw ConfigurationError(
        "searches, so it goes with none of the options that draw", at: ["beam"])
    }
  }

  private var isSampled: Bool { temperature != nil || topK != nil || nucleus != nil }

  /// Greedy without an option.
  var rule: DecodingRule {
    if let beam { return .beam(width: beam, lengthPenalty: 1) }
    guard isSampled else { return .greedy }
    return .sampling(temperature: temperature ?? 1, topK: topK, nucleus: nucleus)
  }
}
