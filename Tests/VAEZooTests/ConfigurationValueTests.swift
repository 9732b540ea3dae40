import Testing
import VAEZoo

private let yamlCases: [(yaml: String, value: ConfigurationValue)] = [
  ("a: 1", ["a": 1]),
  ("a: 1.5\nb: -2", ["a": 1.5, "b": -2]),
  ("a: 1e-3", ["a": 0.001]),
  ("a: yes", ["a": "yes"]),
  ("a: true", ["a": true]),
  ("a: '12'", ["a": "12"]),
  ("a: null\nb: ~\nc:", ["a": .null, "b": .null, "c": .null]),
  ("a: [1, two, 3.5]", ["a": [1, "two", 3.5]]),
  ("a:\n  b: {c: [4]}", ["a": ["b": ["c": [4]]]]),
  ("a: 0x10", ["a": "0x10"]),
  ("a: .inf", ["a": .double(.infinity)]),
  ("", [:]),
]

@Test(arguments: yamlCases.indices)
func yamlIsReadByTheCoreSchema(index: Int) throws {
  #expect(try ConfigurationValue(yaml: yamlCases[index].yaml) == yamlCases[index].value)
}

@Test(arguments: yamlCases.indices)
func yamlReadsBackWhatItWrites(index: Int) throws {
  let value = yamlCases[index].value
  #expect(try ConfigurationValue(yaml: value.yaml) == value)
}

@Test(arguments: [
  "plain", "with space", "12", "1e5", "true", "null", "a: b", "- a", "#no", "\"quoted\"", "tab\t",
  "line\nbreak", "", "~", "ünï", "yes", "{x}", "-dash",
])
func anyTextSurvivesYAML(text: String) throws {
  let value: ConfigurationValue = [text == "" ? "k" : text: .string(text)]
  #expect(try ConfigurationValue(yaml: value.yaml) == value)
}

@Test(arguments: [
  ("a: [1", "line"), ("a: 1\na: 2", "'a' stands twice"), ("\tb: 1", "line 1"),
])
func badYAMLSaysWhere(yaml: String, part: String) {
  #expect {
    try ConfigurationValue(yaml: yaml)
  } throws: { error in
    "\(error)".contains(part) && !"\(error)".contains("\n")
  }
}

@Test func jsonEscapesWhatItMust() {
  let value: ConfigurationValue = ["a\"b": ["x\\y\n", .double(.nan), .null, 2.5, true]]
  #expect(value.json == #"{"a\"b":["x\\y\n",null,null,2.5,true]}"#)
}

private let assignments: [(text: String, value: ConfigurationValue)] = [
  ("a.b=1", ["a": ["b": 1]]),
  ("a=[1, 2]", ["a": [1, 2]]),
  ("a=x=y", ["a": "x=y"]),
  ("a=", ["a": .null]),
  ("a={b: c}", ["a": ["b": "c"]]),
]

@Test(arguments: assignments.indices)
func assignmentsReachAnyKey(index: Int) throws {
  #expect(try ConfigurationValue(assignment: assignments[index].text) == assignments[index].value)
}

@Test(arguments: ["a", "=3", "a..b=1", ".a=1"])
func assignmentsWithoutAKeyAreRefused(text: String) {
  #expect(throws: ConfigurationError.self) { try ConfigurationValue(assignment: text) }
}

@Test func anotherNameDropsTheOldOptions() {
  let base: ConfigurationValue = ["name": "mlp", "hidden": [1], "activation": "relu"]
  #expect(base.overlaid(with: ["hidden": [2]])["activation"] == "relu")
  #expect(base.overlaid(with: ["name": "mlp", "hidden": [2]])["activation"] == "relu")
  #expect(base.overlaid(with: ["name": "conv"]) == ["name": "conv"])
}
