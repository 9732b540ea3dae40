import Foundation
import TensorCore
import Testing

/// The contents of a file in the folder of golden values, which `Golden/make_golden.py` wrote.
func golden<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
  let folder = try #require(Bundle.module.url(forResource: "Golden", withExtension: nil))
  return try JSONDecoder().decode(
    Value.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
}

extension Tensor {
  /// A matrix of the given rows.
  init(rows: [[Double]]) {
    self.init(rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 0])
  }
}

/// The largest difference between two lists of numbers.
func distance(_ left: [Double], _ right: [Double]) -> Double {
  left.count == right.count ? zip(left, right).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
