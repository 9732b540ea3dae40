import SystemFiles
import Testing

@Test func namesAreListedWholeOrCounted() {
  let names = (1...1000).map { "p\($0)" }
  #expect(listed([]) == "" && listed(["a", "b"], allIn: "the file") == "a, b")
  #expect(listed(Array(names.prefix(40))).hasSuffix("p39, p40"))
  #expect(listed(names) == "p1, p2, p3 and 997 more")
  #expect(listed(names, allIn: "its header") == "p1, p2, p3 and 997 more (all in its header)")
}
