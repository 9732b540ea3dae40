import Testing
import VAEZoo

private struct Options: Codable, Equatable {
  enum Style: String, Codable, CaseIterable { case plain, fancy }
  enum Schedule: Codable, Equatable {
    case constant
    case linear(steps: Int, peakRate: Double)
  }
  struct Inner: Codable, Equatable {
    var stepCount = 3
    var names = ["a"]
  }

  var learningRate = 0.1
  var isOn = false
  var limit: Int?
  var style = Style.plain
  var schedule = Schedule.constant
  var inner = Inner()
  var table = ["x": 1]
}

@Test func whatIsNotWrittenKeepsItsDefault() throws {
  let options = try ConfigurationValue(yaml: "inner: {step_count: 5}\nlimit: 7").decoded(
    over: Options())
  var expected = Options()
  expected.inner.stepCount = 5
  expected.limit = 7
  #expect(options == expected)
}

@Test func nullTakesAValueAway() throws {
  var defaults = Options()
  defaults.limit = 4
  #expect(try ConfigurationValue(yaml: "limit: null").decoded(over: defaults).limit == nil)
}

@Test(arguments: ["schedule: constant", "schedule: {constant: {}}"])
func casesMayStandAlone(yaml: String) throws {
  var defaults = Options()
  defaults.schedule = .linear(steps: 2, peakRate: 1)
  #expect(try ConfigurationValue(yaml: yaml).decoded(over: defaults).schedule == .constant)
}

@Test func casesTakeTheirValues() throws {
  let yaml = "schedule: {linear: {steps: 8, peak_rate: 2}}"
  #expect(
    try ConfigurationValue(yaml: yaml).decoded(over: Options()).schedule
      == .linear(steps: 8, peakRate: 2))
}

@Test func everythingSurvivesTheRoundTrip() throws {
  var options = Options()
  options.style = .fancy
  options.schedule = .linear(steps: 8, peakRate: 2)
  options.table = ["one_key": 1, "two": 2]
  let tree = try ConfigurationValue(yaml: ConfigurationValue(encoding: options).yaml)
  #expect(try tree.decoded(over: Options()) == options)
}

@Test func whatIsNilIsWritten() {
  #expect(ConfigurationValue(encoding: Options())["limit"] == .null)
}

private let mistakes: [(yaml: String, message: String)] = [
  ("learning_rte: 1", "unknown key 'learning_rte'; did you mean 'learning_rate'?"),
  ("inner: {stepcount: 1}", "unknown key 'inner.stepcount'; did you mean 'inner.step_count'?"),
  ("zzzzzzzzz: 1", "unknown key 'zzzzzzzzz'; known: learning_rate, is_on"),
  ("learning_rate: fast", "learning_rate: expected a number, found the text 'fast'"),
  ("is_on: 1", "is_on: expected true or false, found the number 1"),
  ("inner: {step_count: 1.5}", "inner.step_count: expected a whole number, found the number 1.5"),
  ("inner: 3", "inner: expected a mapping, found the number 3"),
  ("inner: {names: a}", "inner.names: expected a list, found the text 'a'"),
  ("inner: {names: [a, [b]]}", "inner.names.1: expected text, found a list"),
  (
    "style: fance",
    "style: no choice is called 'fance'; did you mean 'fancy'? (known: plain, fancy)"
  ),
  ("table: {x: many}", "table.x: expected a whole number, found the text 'many'"),
  ("learning_rate: null", "learning_rate: expected a number, found nothing"),
]

@Test(arguments: mistakes.indices)
func mistakesAreNamedWithTheirPath(index: Int) {
  #expect {
    try ConfigurationValue(yaml: mistakes[index].yaml).decoded(over: Options())
  } throws: { error in
    "\(error)".hasPrefix(mistakes[index].message)
  }
}
