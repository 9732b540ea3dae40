public struct Tokenizer: Sendable, Hashable {
  public var vocabularySize: Int { 4 }
  public func encode(_ text: String) throws(DataError) -> [Int32] { [2] }
  public func decode(_ tokens: some Sequence<Int32>) -> String { "" }
  public init(json: String) throws(DataError) {}
  public var json: String { "{}" }
}
public struct TextOptions: Codable, Sendable, Equatable {
  public init() {}; public var lowercase = false
}
public enum TextDataset {
  public static func open(_ p: String, options: TextOptions, tokenizer: Tokenizer? = nil)
    throws(DataError) -> (splits: DatasetSplits<SequenceDataset>, tokenizer: Tokenizer)
  { throw DataError(.bad, p, "temp") }
}
