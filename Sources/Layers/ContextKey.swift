/// A kind of state that travels with a pass, such as what a model drew in it.
///
/// Layers know nothing of it; who does reads and writes it as `context[MyKey.self]`.
public protocol ContextKey {
  /// What is kept.
  associatedtype Value
  /// What a pass begins with.
  static var initial: Value { get }
}

extension Context {
  /// What the pass keeps under `key`.
  public subscript<Key: ContextKey>(key: Key.Type) -> Key.Value {
    get { kept[ObjectIdentifier(key)] as? Key.Value ?? Key.initial }
    set { kept[ObjectIdentifier(key)] = newValue }
  }
}
