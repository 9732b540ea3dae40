/// Something that an assembly may know, such as the shape of what is observed.
///
/// Facts are open: a domain or a whole model offers its own, and parts ask for them by the same name.
public struct Fact<Value>: Sendable {
  /// What it is, for messages: "the observation's shape".
  public let name: String

  /// A fact of one's own.
  public init(_ name: String) { self.name = name }
}
