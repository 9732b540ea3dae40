public import TensorCore
public enum DecodingRule: Sendable, Hashable {
  case greedy
  case sampling(temperature: Double = 1, topK: Int? = nil, nucleus: Double? = nil)
  case beam(width: Int, lengthPenalty: Double = 1)
}
extension SequenceAutoencoder {
  public func generate(from codes: Tensor, by rule: DecodingRule = .greedy, maximumLength: Int, using key: inout RandomKey) -> Sequences { fatalError() }
}
