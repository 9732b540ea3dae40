extension Domain {
  /// That data which cannot be opened looks like another kind of data, and what would fit it.
  ///
  /// - Parameters:
  ///   - configuration: What names the data.
  ///   - isKnown: Whether a model was trained on data of this kind.
  ///   - registry: Whose presets are recommended.
  /// - Returns: The words; nil where the data does not look so.
  static func mismatch(
    _ configuration: RunConfiguration, isKnown: Bool, _ registry: Registry
  ) -> String? {
    let path = configuration.data.path
    let kinds = DataKind.possible(at: path)
    let own = observed.part?.name ?? observed.name
    guard !kinds.isEmpty, DataKind.allCases.contains(where: { $0.domain == own }),
      !kinds.contains(where: { $0.domain == own })
    else { return nil }
    let looks = DataKind.allCases.filter(kinds.contains).map(\.words).joined(separator: " or ")
    if isKnown { return "the model was trained on \(name), and this looks like \(looks)" }
    let asked = configuration.preset.map { "the preset '\($0)'" } ?? "data.kind '\(name)'"
    let fitting = registry.preset(fitting: path).flatMap { preset -> String? in
      let kind = try? RunConfiguration(preset: preset, registry: registry).data.kind
      return kinds.contains { $0.domain == kind } ? preset : nil
    }
    return "\(asked) is for \(name), and this looks like \(looks); "
      + (fitting.map { "try --preset \($0), or see 'vae presets'" } ?? "see 'vae presets'")
  }
}

extension DataKind {
  /// The domain that reads data of this kind.
  fileprivate var domain: String {
    switch self {
    case .images: ImageDomain.name
    case .text, .fasta, .smiles: TextDomain.name
    case .sound, .series: SignalDomain.name
    }
  }

  /// What it is, in a few words.
  fileprivate var words: String {
    switch self {
    case .images: "images"
    case .text: "text"
    case .fasta: "sequences in FASTA"
    case .smiles: "molecules as SMILES"
    case .sound: "sound"
    case .series: "series"
    }
  }
}
