public import TensorCore

/// The rows of a batch, as data gives them: a tensor, sequences, or a struct of tensors whose first axes agree, such as images with
/// their labels, several views of one thing, or values with a mask of those that are missing.
///
/// A type of one's own states ``map(_:)``; steps over it are captured like any other.
public protocol Rows: Sendable {
  /// What models see of it: of a tensor a variable, so that gradients can reach it; else the rows themselves.
  associatedtype Value = Self
  /// What models see.
  var value: Value { get }
  /// The rows that a value stands for.
  init(value: Value)
  /// Every tensor in it through `f`, which picks rows, or repeats each equally often; never a part without its rows.
  func map(_ f: (Tensor) -> Tensor) -> Self
  /// Each row `count` times, one after the other; by ``map(_:)`` unless the rows know better.
  func repeated(_ count: Int) -> Self
  /// The rows that `rows` (int32) names, in that order; by ``map(_:)`` unless the rows know better.
  func gathered(_ rows: Tensor) -> Self
  /// How many there are.
  var rowCount: Int { get }
  /// The rows as tensors, and what else a computation over them depends on.
  var captured: CapturedBatch { get }
}

extension Rows {
  /// The length of the tensors' first axes.
  public var rowCount: Int { tensors.first?.shape[0] ?? 0 }

  /// The tensors, whose shapes and formats are the signature.
  public var captured: CapturedBatch {
    let parts = tensors.map { CapturedBatch($0) }
    return parts.dropFirst().reduce(parts.first ?? CapturedBatch(.zeros([0]))) { $0.adding($1) }
  }

  private var tensors: [Tensor] {
    var all: [Tensor] = []
    _ = map {
      all.append($0)
      return $0
    }
    return all
  }

  /// Each row `count` times, one after the other.
  public func repeated(_ count: Int) -> Self {
    count == 1 ? self : map { Variable($0).repeatingRows(count).value }
  }

  /// The rows that `rows` (int32) names, in that order.
  public func gathered(_ rows: Tensor) -> Self { map { $0.gathered(rows, along: 0) } }
}

extension Rows where Value == Self {
  /// The rows themselves.
  public var value: Self { self }
  /// The value itself.
  public init(value: Self) { self = value }
}

extension Tensor: Rows {
  /// A constant.
  public var value: Variable { Variable(self) }
  /// The variable's numbers.
  public init(value: Variable) { self = value.value }
  /// The tensor through `f`.
  public func map(_ f: (Tensor) -> Tensor) -> Tensor { f(self) }
}

/// Rows of which nothing is known but their number.
public struct Blank: Rows {
  /// How many there are.
  public let rowCount: Int

  /// So many rows.
  public init(rowCount: Int) { self.rowCount = rowCount }

  /// As many as `f` makes of them.
  public func map(_ f: (Tensor) -> Tensor) -> Blank {
    Blank(rowCount: f(.zeros([rowCount, 1])).shape[0])
  }
  /// `count` times as many.
  public func repeated(_ count: Int) -> Blank { Blank(rowCount: rowCount * count) }
  /// Their number.
  public var captured: CapturedBatch { CapturedBatch(.zeros([0])).adding([rowCount]) }
}
