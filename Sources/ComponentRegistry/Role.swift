/// What parts of one kind are for: its name in configurations, and the type that its makers give.
///
/// Roles are open: a package adds its own by giving one a name and a type.
public struct Role<Part>: Sendable {
  /// The key in a configuration, such as "encoder".
  public let name: String
  /// What must be observed; nil where anything may be.
  public let observation: Observed?

  /// A role of one's own.
  public init(_ name: String, of observation: Observed? = nil) {
    self.name = name
    self.observation = observation
  }

  /// The same for observations of a type only, in a form if need be: `.prior.of(Tensor.self)`.
  public func of<O>(_ type: O.Type, _ form: String? = nil) -> Role {
    Role(name, of: Observed(type, form: form))
  }
}

/// A type of observations, and what form of it, as registries tell them apart: a tensor may be an
/// image or a point, a sequence may have tokens or frames.
public struct Observed: Sendable, Hashable {
  private let type: ObjectIdentifier
  private let typeName: String
  /// The form, such as "images"; nil is any.
  public let form: String?
  // A value cannot hold another of its own type.
  private let containing: [Observed]

  /// Observations of a type, in a form; where they are more than what parts of a model look at, such
  /// as images with their labels, `part` is what those may be made for.
  public init<O>(_ type: O.Type, form: String? = nil, with part: Observed? = nil) {
    self.type = ObjectIdentifier(type)
    typeName = "\(type)"
    self.form = form
    containing = part.map { [$0] } ?? []
  }

  /// What parts of a model may be made for, where that is less than the whole.
  public var part: Observed? { containing.first }

  /// Its name for messages.
  public var name: String { form ?? typeName }

  /// Whether something made for this can be used where `other` is observed.
  func admits(_ other: Observed) -> Bool {
    type == other.type && (form == nil || other.form == nil || form == other.form)
  }
}
