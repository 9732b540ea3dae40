/// The options of a component: what a configuration writes, with their defaults.
///
/// Options that are ``Setting``s are checked and listed by themselves; plain ones are listed without
/// a line of help.
public protocol ComponentOptions: Codable, Sendable {
  /// The defaults.
  init()

  /// Throws where options contradict each other; what one alone may be is its ``Setting``'s rule.
  func validate() throws(ConfigurationError)
}

extension ComponentOptions {
  /// Nothing contradicts.
  public func validate() throws(ConfigurationError) {}

  /// The defaults with a change: `MLPOptions { $0.hidden = [200] }`.
  public init(_ change: (inout Self) -> Void) {
    self.init()
    change(&self)
  }
}

/// The options of a component that has none.
public struct NoOptions: ComponentOptions, Hashable {
  /// No options.
  public init() {}
}

extension ConfigurationValue {
  /// Options: what is written here over their defaults, checked by their rules.
  ///
  /// - Parameters:
  ///   - defaults: The options where nothing is written.
  ///   - path: Where they stand.
  ///   - others: The keys that may stand beside them, which have been taken out; for advice.
  /// - Returns: The options, sound.
  /// - Throws: ``ConfigurationError`` for a key that is none of them, or a value that makes no sense.
  public func options<Options: ComponentOptions>(
    over defaults: Options = Options(), at path: [String] = [], beside others: [String] = []
  ) throws(ConfigurationError) -> Options {
    let known = ConfigurationValue(encoding: defaults).entries.map(\.key)
    if let wrong = entries.first(where: { !known.contains($0.key) }) {
      throw ConfigurationError(.unknownKey(known: known + others), at: path + [wrong.key])
    }
    let read = try decoded(over: defaults, at: path)
    try read.check(by: defaults, at: path)
    return read
  }
}

extension ComponentOptions {
  /// The settings by their keys; `_hidden`, where a wrapper keeps its value, is the key `hidden`.
  private var settings: [(key: String, value: Any)] {
    Mirror(reflecting: self).children.compactMap { child in
      child.label.map {
        (ConfigurationKey.snakeCase($0.hasPrefix("_") ? String($0.dropFirst()) : $0), child.value)
      }
    }
  }

  /// The options as a listing tells them.
  var described: [SettingDescription] {
    let known = Dictionary(settings, uniquingKeysWith: { $1 })
    return ConfigurationValue(encoding: self).entries.map { entry in
      let setting = known[entry.key] as? any AnySetting
      return SettingDescription(
        key: entry.key, type: setting?.typeName ?? "", value: entry.value,
        help: setting?.help ?? "", role: setting?.slot, isSet: setting?.isSet ?? false)
    }
  }

  /// Throws where a value is none that the defaults' rules take, or where two contradict.
  fileprivate func check(by defaults: Self, at path: [String]) throws(ConfigurationError) {
    for (rule, value) in zip(defaults.settings, settings) {
      guard let setting = rule.value as? any AnySetting else { continue }
      let place = path + [rule.key]
      if let problem = setting.problem(with: value.value) {
        throw ConfigurationError(problem, at: place)
      }
      if let inner = (value.value as? any AnySetting)?.value as? any ComponentOptions {
        try inner.check(at: place)
      }
    }
    do {
      try validate()
    } catch {
      throw error.under(path)
    }
  }

  /// Throws where a value is none that its setting takes, or where two contradict.
  ///
  /// Options out of a configuration have been checked; those that code has made have not.
  public func check(at path: [String] = []) throws(ConfigurationError) {
    try check(by: Self(), at: path)
  }
}
