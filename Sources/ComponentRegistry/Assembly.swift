public import TensorCore
internal import VAECore

/// What stands around a part while it is made: facts, which are worked out when somebody asks.
///
/// A maker asks for what it needs, `try assembly[.observationShape]`, also for other parts of the
/// model, which are then made if they are not there yet.
public final class Assembly {
  private let registry: Registry
  private let observed: Observed
  private let outer: Assembly?
  private var key: RandomKey
  private var isMaking = false
  private var sources: [String: (Assembly) throws -> Any] = [:]
  private var known: [String: Any] = [:]
  private var waiting: [String] = []

  /// The outermost assembly, of a domain's observations, whose parts draw from `key`.
  public convenience init(_ registry: Registry, of observed: Observed, key: RandomKey) {
    self.init(registry, observed, key, in: nil)
  }

  private init(
    _ registry: Registry, _ observed: Observed, _ key: RandomKey, in outer: Assembly?
  ) {
    (self.registry, self.observed, self.outer, self.key) = (registry, observed, outer, key)
  }

  /// An assembly inside this one, for a part that is made of parts: it knows what this one knows and
  /// what is offered to it, and its parts draw from `key`.
  ///
  /// With `part` its parts are made for a part of what is observed here, such as images without
  /// their labels.
  public func inside(_ key: RandomKey, ofPart part: Bool = false) -> Assembly {
    Assembly(registry, part ? observed.part ?? observed : observed, key, in: self)
  }

  // MARK: - Facts

  /// Offers a fact that is worked out once, when it is first asked for.
  public func offer<Value>(_ fact: Fact<Value>, _ value: @escaping (Assembly) throws -> Value) {
    sources[fact.name] = value
  }

  /// A fact.
  ///
  /// - Throws: `CompositionError` where nothing here knows it, or where it waits for itself.
  public subscript<Value>(fact: Fact<Value>) -> Value {
    get throws {
      let found = try value(fact.name)
      guard let value = found as? Value else {
        throw CompositionError(
          incompatible: "\(fact.name) is \(type(of: found)), which is no \(Value.self)")
      }
      return value
    }
  }

  /// What `body` makes while a fact has another value, such as the one that is known before a part decides it.
  func supposing<Value, Result>(
    _ fact: Fact<Value>, _ value: Value, _ body: () throws -> Result
  ) rethrows -> Result {
    let before = (known[fact.name], waiting)
    // It is not waited for meanwhile.
    waiting.removeAll { $0 == fact.name }
    known[fact.name] = value
    defer { (known[fact.name], waiting) = before }
    return try body()
  }

  /// A fact that may not be known; still throws where working it out fails.
  public func find<Value>(_ fact: Fact<Value>) throws -> Value? {
    names.contains(fact.name) ? try self[fact] : nil
  }

  private var names: [String] { Array(sources.keys) + (outer?.names ?? []) }

  private func value(_ name: String) throws -> Any {
    if let value = known[name] { return value }
    guard let source = sources[name] else {
      if let outer, outer.names.contains(name) { return try outer.value(name) }
      throw CompositionError(
        incompatible: "\(name) is asked for, but nothing here knows it; known: "
          + names.sorted().joined(separator: ", "))
    }
    guard !waiting.contains(name) else {
      throw CompositionError(
        incompatible: "\(name) waits for itself: "
          + (waiting.drop { $0 != name } + [name]).joined(separator: " needs "))
    }
    waiting.append(name)
    defer { waiting.removeLast() }
    let value = try source(self)
    known[name] = value
    return value
  }

  // MARK: - Parts

  /// Makes a part that options name.
  ///
  /// - Parameters:
  ///   - part: The part and the options that differ from its defaults.
  ///   - role: What it is for.
  ///   - slot: Its key in the configuration; the role's name unless told otherwise. A whole model's
  ///     keys stand at the top, so its slot is empty.
  /// - Returns: The part.
  /// - Throws: ``ConfigurationError`` for a name or an option that makes no sense, and what the maker
  ///   throws, with the part's name before it.
  public func make<Part>(
    _ part: ComponentConfiguration, _ role: Role<Part>, as slot: String? = nil
  ) throws -> Part {
    let slot = slot ?? role.name
    // The assembly knows the form where the role only knows the type.
    let wanted = role.observation.map { $0.admits(observed) ? observed : $0 } ?? observed
    let entry = try registry.entry(role.name, part.name, of: wanted, at: [slot, "name"])
    do {
      let made = try drawing(for: slot) { try entry.make(part.options, [slot], self, &$0) }
      guard let made = made as? Part else {
        throw CompositionError(incompatible: "it is \(type(of: made)), which is no \(Part.self)")
      }
      return made
    } catch let error as CompositionError where !slot.isEmpty {
      throw CompositionError(incompatible: "\(role.name) '\(part.name)': \(error)")
    }
  }

  /// Parts draw from one key, one after the other.
  ///
  /// A part that is made while another one waits for it has a key of its own, so that both do not
  /// draw the same.
  private func drawing(
    for slot: String, _ make: (inout RandomKey) throws -> Any
  ) rethrows -> Any {
    guard !isMaking else {
      var own = key.folded(with: Self.stream(slot))
      return try make(&own)
    }
    isMaking = true
    var own = key
    defer { (isMaking, key) = (false, own) }
    return try make(&own)
  }

  /// FNV-1a: the stream of random numbers that belongs to a name.
  private static func stream(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
