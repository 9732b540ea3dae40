public import TensorCore

/// Something a module is made of: a parameter, another module, or several of them.
public protocol ModulePart {
  /// Calls `visit` with every parameter below, in a stable order, by its dotted name.
  func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void)
  /// Calls `visit` with every number below that changes with the step, in a stable order, by its
  /// dotted name.
  func visitSchedules(_ name: String, _ visit: (String, Scheduled) -> Void)
}

extension ModulePart {
  /// Nothing below changes with the step.
  public func visitSchedules(_ name: String, _ visit: (String, Scheduled) -> Void) {}
}

/// A part of a model that owns parameters: a layer, an encoder, a whole model.
public protocol Module: ModulePart {
  /// The module's own parts by name, in a stable order.
  ///
  /// Names follow PyTorch's where it has the layer ("weight", "bias", "running_mean"), so that
  /// files can be read there.
  var parts: KeyValuePairs<String, any ModulePart> { get }
}

extension Module {
  /// A module without parameters has no parts.
  public var parts: KeyValuePairs<String, any ModulePart> { [:] }

  /// Visits the parameters below by their dotted names.
  public func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void) {
    for (part, value) in parts {
      value.visitParameters(name.isEmpty ? part : "\(name).\(part)", visit)
    }
  }

  /// Visits the numbers below that change with the step by their dotted names.
  public func visitSchedules(_ name: String, _ visit: (String, Scheduled) -> Void) {
    for (part, value) in parts {
      value.visitSchedules(name.isEmpty ? part : "\(name).\(part)", visit)
    }
  }

  /// Every parameter and buffer with its dotted name, in a stable order; one that several parts
  /// share stands once, under its first name.
  public var namedParameters: [(name: String, parameter: Parameter)] {
    var all: [(name: String, parameter: Parameter)] = []
    var seen: Set<ObjectIdentifier> = []
    visitParameters("") { name, parameter in
      if seen.insert(ObjectIdentifier(parameter)).inserted { all.append((name, parameter)) }
    }
    return all
  }

  /// The parameters that training changes, in a stable order.
  public var trainableParameters: [Parameter] {
    namedParameters.map(\.parameter).filter(\.isTrainable)
  }

  /// How many numbers training changes.
  public var parameterCount: Int { trainableParameters.reduce(0) { $0 + $1.count } }

  /// Turns every parameter but integers into another format, such as float64 for a gradient check.
  public func convert(to dtype: DType) {
    for (_, parameter) in namedParameters where parameter.value.dtype != .int32 {
      parameter.value = parameter.value.converted(to: dtype)
    }
  }
}

extension Parameter: ModulePart {
  /// Visits the parameters below by their dotted names.
  public func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void) {
    visit(name, self)
  }
}

extension Array: ModulePart where Element: ModulePart {
  /// Visits the parameters below by their dotted names.
  public func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void) {
    for (i, part) in enumerated() { part.visitParameters("\(name).\(i)", visit) }
  }
  /// Visits the numbers below that change with the step by their dotted names.
  public func visitSchedules(_ name: String, _ visit: (String, Scheduled) -> Void) {
    for (i, part) in enumerated() { part.visitSchedules("\(name).\(i)", visit) }
  }
}

extension Optional: ModulePart where Wrapped: ModulePart {
  /// Visits the parameters below by their dotted names.
  public func visitParameters(_ name: String, _ visit: (String, Parameter) -> Void) {
    self?.visitParameters(name, visit)
  }
  /// Visits the numbers below that change with the step by their dotted names.
  public func visitSchedules(_ name: String, _ visit: (String, Scheduled) -> Void) {
    self?.visitSchedules(name, visit)
  }
}

/// A layer from one variable to another.
public protocol Layer: Module {
  /// The layer's output for `x`; `context` tells whether it trains.
  func callAsFunction(_ x: Variable, _ context: inout Context) -> Variable
}
