extension Registry {
  /// The preset of a name.
  ///
  /// - Throws: ``ConfigurationError`` that names the nearest, or says that two have the name.
  public func preset(named name: String) throws(ConfigurationError) -> Preset {
    let found = presets.filter { $0.name == name }
    guard found.count < 2 else {
      throw ConfigurationError(
        "two presets are called '\(name)'; rename one of them where it is registered",
        at: ["preset"])
    }
    guard let preset = found.first else {
      throw .unknownName("preset", name, known: presets.map(\.name))
    }
    return preset
  }

  /// The preset of the domain that data at `path` is of, by a first look; nil where no domain knows it.
  ///
  /// The domain that was added last is asked first, so that images, the first, take what nobody else
  /// does.
  func preset(fitting path: String) -> String? {
    domains.reversed().lazy.compactMap { $0.preset(fitting: path) }.first
  }

  /// What is wrong with the registry, a sentence each: presets that cannot be read or are not sound,
  /// names that two parts share, and parts for observations that no domain has.
  ///
  ///     #expect(Registry.standard.problems.isEmpty)
  public var problems: [String] {
    let unsound = presets.compactMap { preset -> String? in
      do {
        _ = try RunConfiguration(preset: preset.name, registry: self)
        return nil
      } catch {
        return "preset '\(preset.name)': \(error)"
      }
    }
    let forms = domains.compactMap { $0.observed.form }
    let orphans = components.compactMap { part -> String? in
      guard let form = part.observation?.form, !forms.contains(form) else { return nil }
      return "the \(part.role) '\(part.name)' is for \(form), which no domain has"
    }
    return collisions + unsound + orphans
  }
}
