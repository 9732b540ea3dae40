/// A law that a component breaks, with what was seen.
public struct LawViolation: Error, Sendable, Equatable, CustomStringConvertible {
  /// The law, such as "EncoderLaw.batchIndependence".
  public let law: String
  /// What was done, what came out, and what the law asks for.
  public let evidence: String

  /// A violation of `law`, with its evidence.
  public init(law: String, evidence: String) {
    self.law = law
    self.evidence = evidence
  }

  /// The law and the evidence.
  public var description: String { "\(law): \(evidence)" }
}

/// What a single check found wrong, before it is known for which law it ran.
struct Finding: Error {
  let evidence: String

  init(_ evidence: String) { self.evidence = evidence }
}

/// Runs a check in the name of a law; whatever it throws becomes evidence.
func judge<Law>(_ law: Law, _ check: () throws -> Void) throws(LawViolation) {
  let name = "\(Law.self).\(law)"
  do { try check() } catch let finding as Finding {
    throw LawViolation(law: name, evidence: finding.evidence)
  } catch {
    throw LawViolation(law: name, evidence: "the component could not be made: \(error)")
  }
}
