/// A configuration that fits some data, for whoever names none.
public struct Recipe: Sendable, Equatable {
  /// The preset to start from.
  public var preset: String
  /// What is laid over it.
  public var changes: ConfigurationValue
  /// What the data is, in a few words: "rows of 13 numbers".
  public var data: String
  /// Examples to train on, where they have been counted.
  public var exampleCount: Int?

  /// A preset and what is changed of it.
  public init(
    _ preset: String, for data: String, exampleCount: Int? = nil,
    changing changes: ConfigurationValue = .mapping([])
  ) {
    self.preset = preset
    self.data = data
    self.exampleCount = exampleCount
    self.changes = changes
  }

  /// The whole as a tree, for a ``RunConfiguration``.
  public var tree: ConfigurationValue {
    (["preset": .string(preset)] as ConfigurationValue).overlaid(with: changes)
  }

  /// What was chosen, and how to choose otherwise, in one line.
  public var sentence: String {
    let keys = changes.leaves.map { " --set \($0.path)=\($0.value)" }.joined()
    return "\(data): chosen --preset \(preset)\(keys) (what you give comes first)"
  }

  /// The recipe with as many epochs as make training of few examples long enough, an end where it no longer
  /// helps, and as few pictures as fit a folder.
  ///
  /// 4,000 steps are made at most, or a tenth more than a warm-up takes, in no more than 500 epochs, of
  /// batches of 32 where there are fewer than 2,000 examples. A warm-up that takes longer still is shortened
  /// to half of the steps.
  func timed(_ preset: RunConfiguration) -> Recipe {
    guard let count = exampleCount, count > 0 else { return self }
    var recipe = self
    let batch = count < 2000 ? min(32, preset.trainer.batchSize) : preset.trainer.batchSize
    let options = preset.objective.options
    func option(_ key: String) -> Double { options[key]?.number ?? 0 }
    let isLogistic = options["warm_up"]?.text == "logistic"
    // A logistic curve is at 0.999 so many steps after its middle.
    let tail = isLogistic ? 6.9 / max(1e-8, option("warm_up_steepness")) : 0
    let warmUp = option("warm_up_steps") > 0 ? option("warm_up_steps") + tail : 0
    let steps = max(4000, warmUp * 1.1)
    let each = Double((count + batch - 1) / batch)
    let epochs = max(preset.trainer.epochs, min(500, Int((steps / each).rounded(.up))))
    let share = Double(epochs) * each / (2 * warmUp)
    if warmUp > 0, share < 0.5 {
      recipe.changes[["objective", "warm_up_steps"]] =
        .int(max(1, Int(option("warm_up_steps") * share)))
      if isLogistic {
        recipe.changes[["objective", "warm_up_steepness"]] =
          .double(option("warm_up_steepness") / share)
      }
    }
    if batch != preset.trainer.batchSize {
      recipe.changes[["trainer", "batch_size"]] = .int(batch)
    }
    if epochs != preset.trainer.epochs {
      recipe.changes[["trainer", "epochs"]] = .int(epochs)
      recipe.changes[["trainer", "early_stopping", "patience"]] = .int(max(20, epochs / 10))
      recipe.changes["pictures_every"] = .int(max(1, epochs / 20))
    }
    return recipe
  }
}

extension ConfigurationValue {
  /// The dotted paths of what is no mapping, with what is there as an option writes it.
  fileprivate var leaves: [(path: String, value: String)] {
    guard case .mapping(let entries) = self else { return [("", text ?? json)] }
    return entries.flatMap { entry in
      entry.value.leaves.map { leaf in
        (leaf.path.isEmpty ? entry.key : "\(entry.key).\(leaf.path)", leaf.value)
      }
    }
  }
}

extension Registry {
  /// The recipe for data that nobody names a configuration for, by what it looks like; nil where no
  /// domain knows it.
  ///
  /// - Parameters:
  ///   - path: A path, or the name of a built-in set.
  ///   - changes: What is asked for already, of which `data` says how the data is read.
  /// - Returns: The recipe.
  /// - Throws: ``ConfigurationError`` where `changes` make no sense, and what opening the data throws.
  public func recipe(
    fitting path: String, changes: ConfigurationValue = .mapping([])
  ) throws -> Recipe? {
    let kind = changes[["data", "kind"]]?.text
    let domain: (any Domain.Type)? =
      if let kind {
        try domain(kind)
      } else {
        domains.reversed().first { $0.preset(fitting: path) != nil }
      }
    do {
      guard let domain, let recipe = try recipe(domain, path, changes) else { return nil }
      return recipe.timed(try RunConfiguration(recipe.tree, registry: self))
    } catch {
      // What makes no sense comes before data that cannot be opened.
      throw problem(with: changes, fitting: path) ?? error
    }
  }

  /// What is wrong with changes laid over a preset of the kind that data is of by a first look; nil where
  /// nothing is, though another preset may still have no place for them.
  private func problem(
    with changes: ConfigurationValue, fitting path: String
  ) -> (any Error)? {
    let kind = changes[["data", "kind"]]?.text
    let fitting = preset(fitting: path)
    func isOfKind(_ name: String) -> Bool {
      kind == nil || (try? RunConfiguration(preset: name, registry: self))?.data.kind == kind
    }
    let name = ([fitting].compactMap(\.self) + presets.map(\.name)).first(where: isOfKind)
    let base: ConfigurationValue = name.map { ["preset": .string($0)] } ?? .mapping([])
    do {
      let trial = try RunConfiguration(base.overlaid(with: changes), registry: self)
      func rehearse<D: Domain>(_ domain: D.Type) throws {
        try Run<D>.rehearse(trial, in: RunFolder(""), self)
      }
      try rehearse(domain(trial.data.kind))
      return nil
    } catch {
      return error
    }
  }

  private func recipe<D: Domain>(
    _ domain: D.Type, _ path: String, _ changes: ConfigurationValue
  ) throws -> Recipe? {
    let data = changes.withDataSpelledOut["data"] ?? .mapping([])
    let reading = try DataConfiguration(
      (["kind": .string(D.name)] as ConfigurationValue).overlaid(with: data), in: self
    ).reading
    return try D.recipe(fitting: path, try reading.options(at: ["data"]))
  }
}
