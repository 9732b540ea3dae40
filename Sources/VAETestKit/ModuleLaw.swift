public import Layers
public import TensorCore

/// What every `Module` has to obey, so that files and optimizers can rely on it.
public enum ModuleLaw: String, CaseIterable, Sendable {
  /// No two parameters share a name; one that parts share stands once, by its first name.
  case uniqueNames
  /// Names are dotted: parts of letters, digits and underscores with single dots between them.
  case dottedNames
  /// Two modules made alike list the same names, shapes and kinds in the same order, each time they
  /// are asked.
  case stableNames
  /// Two modules made from the same key start with the same numbers, all finite.
  case determinism
  /// The parameters can be turned into float64 and back, and stay the same.
  case conversion

  /// Throws evidence where the module that `make` gives breaks this law.
  ///
  /// `make` gives equal modules for equal keys.
  public func check<M: Module>(
    _ make: (inout RandomKey) throws -> M
  ) throws(LawViolation) {
    try judge(self) {
      var (key, sameKey) = (RandomKey(seed: 21), RandomKey(seed: 21))
      let (module, twin) = (try make(&key), try make(&sameKey))
      switch self {
      case .uniqueNames: try checkUniqueNames(module)
      case .dottedNames: try checkDottedNames(module)
      case .stableNames: try checkStableNames(module, twin)
      case .determinism: try checkDeterminism(module, twin)
      case .conversion: try checkConversion(module)
      }
    }
  }

  private func checkUniqueNames(_ module: some Module) throws {
    var names: Set<String> = []
    for (name, _) in module.namedParameters {
      guard names.insert(name).inserted else {
        throw Finding("two parameters are called '\(name)'")
      }
    }
  }

  private func checkDottedNames(_ module: some Module) throws {
    for (name, _) in module.namedParameters {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      let sound = parts.allSatisfy { part in
        !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      }
      guard sound else {
        throw Finding(
          "'\(name)' is no dotted name: parts of letters, digits and underscores between dots")
      }
    }
  }

  private func checkStableNames(_ module: some Module, _ twin: some Module) throws {
    func lines(_ module: some Module) -> [String] {
      module.namedParameters.map {
        "\($0.name) \($0.parameter.shape)\($0.parameter.isTrainable ? "" : " (buffer)")"
      }
    }
    let first = lines(module)
    for again in [lines(module), lines(twin)] where again != first {
      throw Finding("the parameters were \(first), and then \(again)")
    }
  }

  private func checkDeterminism(_ module: some Module, _ twin: some Module) throws {
    for (one, other) in zip(module.namedParameters, twin.namedParameters) {
      guard one.parameter.value == other.parameter.value else {
        throw Finding("'\(one.name)' differs between two modules made from one key")
      }
      guard one.parameter.value.isFinite else {
        throw Finding("'\(one.name)' starts with NaN or infinity")
      }
    }
  }

  private func checkConversion(_ module: some Module) throws {
    let before = module.namedParameters.map(\.parameter.value)
    module.convert(to: .float64)
    for (name, parameter) in module.namedParameters where parameter.value.dtype == .float32 {
      throw Finding("'\(name)' stayed float32 when all turned into float64")
    }
    module.convert(to: .float32)
    for (old, now) in zip(before, module.namedParameters) where old != now.parameter.value {
      throw Finding("'\(now.name)' changed on the way to float64 and back")
    }
  }
}
