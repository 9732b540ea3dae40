public import Layers
internal import SystemFiles
internal import TensorCore

extension SafeTensors {
  /// Every parameter and buffer of a module, by its dotted name behind `prefix`.
  public init(weightsOf module: any Module, prefix: String = "") {
    self.init()
    for (name, parameter) in module.namedParameters { self[prefix + name] = parameter.value }
  }

  /// Puts the tensors into the module's parameters, whose names and shapes must match, or changes nothing.
  ///
  /// Only names behind `prefix` count; `path` is the file that errors speak of.
  public func load(
    into module: any Module, prefix: String = "", from path: String
  ) throws(CheckpointError) {
    let parameters = module.namedParameters
    let present = Set(
      names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
    // A parameter that parts share may stand in the file under each of its names.
    var known: Set<String> = []
    module.visitParameters("") { name, _ in known.insert(name) }
    let missing = parameters.map(\.name).filter { !present.contains($0) }
    let unexpected = present.subtracting(known).sorted()
    var mismatched: [String] = []
    for (name, parameter) in parameters {
      guard let tensor = self[prefix + name], tensor.shape != parameter.shape else { continue }
      mismatched.append("\(name) (\(tensor.shape) in the file, \(parameter.shape) in the model)")
    }
    let problems = [
      Self.listed("missing", missing), Self.listed("not in the model", unexpected),
      Self.listed("of another shape", mismatched),
    ].compactMap { $0 }
    guard problems.isEmpty else {
      throw CheckpointError(
        .mismatched, path,
        "it belongs to another model: \(problems.joined(separator: "; ")); "
          + "build the model from the configuration it was trained with")
    }
    for (name, _) in parameters {
      guard let tensor = self[prefix + name], !tensor.isFinite else { continue }
      throw CheckpointError(
        .damaged, path, "\(name) holds NaN or infinity, which no training leaves; train anew")
    }
    for (name, parameter) in parameters {
      guard let tensor = self[prefix + name] else { continue }
      parameter.value = tensor.converted(to: parameter.value.dtype)
    }
  }

  private static func listed(_ problem: String, _ names: [String]) -> String? {
    guard !names.isEmpty else { return nil }
    return "\(names.count) \(problem): \(SystemFiles.listed(names))"
  }
}
