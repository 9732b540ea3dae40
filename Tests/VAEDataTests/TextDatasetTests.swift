import TensorCore
import Testing
import VAECore
import VAEData

/// Every text of a dataset, as its tokenizer writes it.
func texts(_ dataset: SequenceDataset, _ tokenizer: Tokenizer) throws -> [String] {
  try (0..<dataset.count).map {
    let sequence = try dataset.sequences(at: [$0])
    #expect(sequence.lengths == [dataset.length(of: $0)])
    #expect(sequence.values.integers.last == SpecialToken.end)
    return tokenizer.decode(sequence.values.integers)
  }
}

/// What opening text fails with, or nil where it succeeds.
func failure(
  openingText path: String, _ options: TextOptions, tokenizer: Tokenizer? = nil
) -> DataError? {
  do {
    _ = try TextDataset.open(path, options: options, tokenizer: tokenizer)
    return nil
  } catch { return error }
}

@Suite struct TextDatasetTests {
  let folder = TemporaryFolder()

  struct Source: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    var kind = Tokenizer.Kind.characters
    var change: @Sendable (inout TextOptions) -> Void = { _ in }
    let texts: [String]
    var labels: [String]?
    var testDescription: String { "\(name): \(text.prefix(40))" }
  }

  static let sources = [
    Source(name: "a.txt", text: "one\ntwo\n", texts: ["one", "two"]),
    Source(name: "a.txt", text: "\u{FEFF}one\r\ntwö", texts: ["one", "twö"]),
    Source(
      name: "a.txt", text: "\none\n \n\ntwo\n", kind: .words, change: { $0.skipsEmpty = true },
      texts: ["one", "two"]),
    Source(name: "a.smi", text: "CCO ethanol\nC\tmethane\n", kind: .smiles, texts: ["CCO", "C"]),
    Source(name: "a.csv", text: "smiles\nC\nN\n", kind: .smiles, texts: ["C", "N"]),
    Source(
      name: "a.csv", text: "id,Text,label\n1,\"a, \"\"b\"\"\nc\",x\r\n2,d,\"y\"\n",
      texts: ["a, \"b\"\nc", "d"], labels: ["x", "y"]),
    Source(
      name: "a.csv", text: "EI,n1,ACGT\nIE,n2,GGT\nEI,n3,A\n", kind: .nucleotides,
      change: { ($0.column, $0.labelColumn) = ("3", "1") }, texts: ["ACGT", "GGT", "A"],
      labels: ["EI", "IE", "EI"]),
    Source(
      name: "a.csv", text: "k,v\n1,a\n", change: { ($0.column, $0.header) = ("2", true) },
      texts: ["a"]),
    Source(
      name: "a.tsv", text: "said\tby\nhi, \t0\nyo\t3\n",
      change: { ($0.column, $0.labelColumn) = ("said", "by") }, texts: ["hi, ", "yo"],
      labels: ["0", "3"]),
    Source(name: "a.json", text: #"["a\n\u00e9", "b"]"#, texts: ["a\né", "b"]),
    Source(
      name: "a.json", text: #" [ ["a", "x"] , ["b]", "y"] ] "#, texts: ["a", "b]"],
      labels: ["x", "y"]),
    Source(
      name: "a.json", text: #"{"note": 3, "data": [{"text": "a", "class": true, "z": [1]}]}"#,
      texts: ["a"], labels: ["true"]),
    Source(
      name: "a.jsonl", text: "{\"q\": \"a\", \"label\": 2}\n{\"label\": 0, \"q\": \"b\"}\n",
      change: { $0.column = "q" }, texts: ["a", "b"], labels: ["2", "0"]),
    Source(
      name: "a.fasta", text: ">one first\nACGT\nAC\n\n>two\r\nGG\r\nTT", kind: .nucleotides,
      texts: ["ACGTAC", "GGTT"]),
    Source(
      name: "a.txt", text: "abc\ndefgh", change: { ($0.window, $0.stride) = (4, 2) },
      texts: ["abc\n", "c\nde", "defg"]),
    Source(
      name: "a.txt", text: "é€😀ab", change: { $0.window = 2 }, texts: ["é€", "😀a"]),
    Source(
      name: "a.txt", text: " one two\nthree  four\nfive", kind: .words,
      change: { ($0.window, $0.stride) = (2, 1) },
      texts: ["one two", "two three", "three four", "four five"]),
    Source(name: "a.txt", text: "short\n", change: { $0.window = 100 }, texts: ["short\n"]),
  ]

  @Test(arguments: sources, [false, true])
  func textIsRead(source: Source, isPacked: Bool) throws {
    let bytes = Array(source.text.utf8)
    let path =
      isPacked ? folder.write(source.name + ".gz", gzip(bytes)) : folder.write(source.name, bytes)
    let (splits, tokenizer) = try TextDataset.open(
      path, options: textOptions(source.kind, source.change))
    #expect(try texts(splits.train, tokenizer) == source.texts)
    #expect(splits.train.labelNames == source.labels)
    #expect(splits.train.format == .tokens(vocabularySize: tokenizer.vocabularySize))
    // In use, a tokenizer that is given reads the same.
    let again = try TextDataset.open(
      path, options: textOptions(source.kind, source.change), tokenizer: tokenizer)
    #expect(again.tokenizer == tokenizer && again.splits.train.count == source.texts.count)
  }

  @Test func foldersAndObjectsHaveParts() throws {
    folder.write("set/train.txt", "a b\nc\n")
    folder.write("set/valid.txt", "b d\n")
    folder.write("set/test.txt.gz", gzip(Array("a\n".utf8)))
    let object = folder.write(
      "set.json",
      #"{"test": [["a", "x"]], "oos": [], "val": [["b d", "y"]], "train": [["a b", "y"], ["c", "x"]]}"#
    )
    for path in [folder.path + "/set", object] {
      let (splits, tokenizer) = try TextDataset.open(path, options: textOptions())
      #expect(try texts(splits.train, tokenizer) == ["a b", "c"])
      #expect(try splits.validation.map { try texts($0, tokenizer) } == ["b <unk>"])
      #expect(try splits.test.map { try texts($0, tokenizer) } == ["a"])
    }
    #expect(
      try TextDataset.open(object, options: textOptions()).splits.validation?.labelNames == ["y"])
  }

  @Test func longTextsAreCutOrLeftOut() throws {
    let path = folder.write("a.txt", "abcdef\nab\n")
    let cut = try TextDataset.open(
      path,
      options: textOptions(.characters) { ($0.maximumLength, $0.tooLong) = (3, .truncate) })
    #expect(try texts(cut.splits.train, cut.tokenizer) == ["ab", "ab"])
    let left = try TextDataset.open(
      path, options: textOptions(.characters) { ($0.maximumLength, $0.tooLong) = (3, .skip) })
    #expect(try texts(left.splits.train, left.tokenizer) == ["ab"])
  }

  // MARK: - Bad input

  struct Bad: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    var kind = Tokenizer.Kind.words
    var change: @Sendable (inout TextOptions) -> Void = { _ in }
    var error = DataError.Kind.bad
    let message: String
    var testDescription: String { message }

    init(
      _ name: String, _ text: String, kind: Tokenizer.Kind = .words,
      error: DataError.Kind = .bad, message: String,
      change: @escaping @Sendable (inout TextOptions) -> Void = { _ in }
    ) {
      (self.name, self.kind, self.error, self.message) = (name, kind, error, message)
      (bytes, self.change) = (Array(text.utf8), change)
    }
  }

  static let bad = [
    Bad("a.txt", "", message: "is empty"),
    Bad("a.csv", "", message: "is empty"),
    Bad("a.json", "", message: "is empty"),
    Bad("a.json", "[]", message: "holds no text"),
    Bad("a.txt", "a\n\nb\n", message: "line 2 is empty"),
    Bad("a.txt", "a\n \t\nb\n", message: "line 2 is empty"),
    Bad("a.txt", "\n\n", message: "holds no text", change: { $0.skipsEmpty = true }),
    Bad("a.csv", "text,n\n,1\n", message: "line 2 is empty"),
    Bad(
      "a.txt", "a\nb c d\n", message: "line 2 has 4 tokens", change: { $0.maximumLength = 3 }),
    Bad(
      "a.csv", "one,two\n1,2\n", message: "its first row is 'one', 'two'",
      change: { ($0.column, $0.header) = ("three", true) }),
    Bad(
      "a.csv", "one,two\n1,2\n", message: "its first row is 'one', 'two'",
      change: { $0.column = "three" }),
    Bad("a.csv", "one,two\n1,2\n", error: .usage, message: "name the one that holds the text"),
    Bad(
      "a.csv", "text,n\na,1\nb\n", message: "line 3 has 1 columns, but the first row has 2",
      change: { $0.labelColumn = "n" }),
    Bad(
      "a.csv", "text\na\n\"b\nc\n",
      message: "line 3, column 1 begins a quoted field that does not close"),
    Bad("a.csv", "text\n\"a\"b\n", message: "line 2, column 1 has text behind a closing quote"),
    Bad("a.json", "[\"a\", 3]", message: "item 2 is neither a string"),
    Bad("a.json", "[\"a\" \"b\"]", message: "no comma"),
    Bad("a.json", "[\"a\", tru]", message: "item 2 is no JSON"),
    Bad("a.json", "{\"a\": [1], \"b\": [2]}", message: "holds several arrays (a, b)"),
    Bad(
      "a.json", #"[["a", "x"], ["b"]]"#, message: "item 2 differs"),
    Bad("a.json", "7", message: "neither an array nor an object"),
    Bad(
      "a.json", #"[{"text": "a", "tag": 1}]"#, message: "its members are text, tag",
      change: { $0.column = "body" }),
    Bad(
      "a.json", #"{"train": [["a", "x"]], "test": [["a", "y"]]}"#,
      message: "item 1 in \"test\" has the label \"y\""),
    Bad("a.fasta", "ACGT\n", kind: .nucleotides, message: "line 1 stands before any header"),
    Bad("a.fasta", ">a\n>b\nA\n", kind: .nucleotides, message: "line 1 is empty"),
    Bad(
      "a.fasta", ">a\nA!\n", kind: .nucleotides,
      message: "line 2, column 2 has \"!\", which stands for no nucleotide"),
    Bad(
      "a.json", #"{"train": ["ab"], "test": ["ba", "bc"]}"#, kind: .characters,
      message: "item 2 in \"test\" has \"c\" at character 2, which is not in the vocabulary"),
    Bad(
      "a.txt", "a", error: .usage, message: "window: takes a count from 1",
      change: { $0.window = 0 }),
  ]

  @Test(arguments: bad) func badTextIsNamed(_ bad: Bad) throws {
    let path = folder.write(bad.name, bad.bytes)
    let error = try #require(failure(openingText: path, textOptions(bad.kind, bad.change)))
    #expect(error.kind == bad.error)
    #expect(error.description.contains(bad.message) && error.description.contains(bad.name))
  }

  @Test func bytesThatAreNotUTF8AreNamed() throws {
    let latin = folder.write("a.txt", Array("good\ncaf".utf8) + [0xE9, 0x0A])
    #expect(
      failure(openingText: latin, textOptions())?.description.contains("line 2 is not UTF-8")
        == true)
    #expect(
      failure(openingText: latin, textOptions { $0.window = 3 })?.description
        .contains("line 2 is not UTF-8") == true)
  }

  @Test func whatIsMissingIsNamed() {
    #expect(failure(openingText: folder.path + "/none", textOptions())?.kind == .missing)
    #expect(
      failure(openingText: folder.path, textOptions())?.description.contains(
        "holds no file of text")
        == true)
  }

  @Test func aTokenOutsideTheVocabularyIsNamedInUse() throws {
    let train = folder.write("a.txt", "CCO\n")
    let tokenizer = try TextDataset.open(train, options: textOptions(.smiles)).tokenizer
    let use = folder.write("b.txt", "CO\nC=O\n")
    #expect(
      failure(openingText: use, textOptions(.smiles), tokenizer: tokenizer)?.description
        .contains("line 2 has \"=\" at character 2, which is not in the vocabulary") == true)
  }
}
