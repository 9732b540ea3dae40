import Testing
import VAECore
import VAEData

/// Options for a kind of tokens, changed by `change`.
func textOptions(
  _ kind: Tokenizer.Kind = .words, _ change: (inout TextOptions) -> Void = { _ in }
) -> TextOptions {
  var options = TextOptions()
  options.tokenizer = kind
  change(&options)
  return options
}

@Suite struct TokenizerTests {
  let folder = TemporaryFolder()

  private func tokenizer(_ lines: String, _ options: TextOptions) throws -> Tokenizer {
    try TextDataset.open(folder.write("train.txt", lines), options: options).tokenizer
  }

  /// Each token of a text as the tokenizer writes it alone.
  private func pieces(_ text: String, _ tokenizer: Tokenizer) throws -> [String] {
    try tokenizer.encode(text).dropLast().map { tokenizer.decode([$0]) }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let kind: Tokenizer.Kind
    let text: String
    let pieces: [String]
    var testDescription: String { "\(kind.rawValue): \(text)" }
  }

  static let cases = [
    Case(
      kind: .words, text: "Don't (ever) pay 3.50,\tanna-maria !",
      pieces: ["Don't", "(", "ever", ")", "pay", "3.50", ",", "anna-maria", "!"]),
    Case(
      kind: .words, text: "wait... l’été\u{A0}à «Zürich», 東京。",
      pieces: ["wait", ".", ".", ".", "l’été", "à", "«", "Zürich", "»", ",", "東京", "。"]),
    Case(kind: .words, text: "x -y z' _a_", pieces: ["x", "-", "y", "z", "'", "_", "a", "_"]),
    Case(kind: .words, text: "a <unk> b", pieces: ["a", "<unk>", "b"]),
    Case(kind: .characters, text: "aé 😀\"", pieces: ["a", "é", " ", "😀", "\""]),
    Case(
      kind: .smiles, text: "[O-]C(=O)c1ccc(Br)c(Cl)c1",
      pieces: [
        "[O-]", "C", "(", "=", "O", ")", "c", "1", "c", "c", "c", "(", "Br", ")", "c", "(", "Cl",
        ")", "c", "1",
      ]),
    Case(
      kind: .smiles, text: "C[C@@H](N)C#N.B/C=C\\F%12Cn$%01",
      pieces: [
        "C", "[C@@H]", "(", "N", ")", "C", "#", "N", ".", "B", "/", "C", "=", "C", "\\", "F",
        "%12", "C", "n", "$", "%01",
      ]),
    Case(kind: .nucleotides, text: "acgTUNry-", pieces: "ACGTUNRY-".map(String.init)),
    Case(kind: .aminoAcids, text: "MKvX*", pieces: "MKVX*".map(String.init)),
  ]

  @Test(arguments: cases) func textIsDivided(_ example: Case) throws {
    let tokenizer = try tokenizer(example.text, textOptions(example.kind))
    #expect(try pieces(example.text, tokenizer) == example.pieces)
    #expect(try tokenizer.encode(example.text).last == SpecialToken.end)
    #expect(try Tokenizer(json: tokenizer.json) == tokenizer)
  }

  @Test func wordsAreCountedAndUnknownOnesHaveAToken() throws {
    let text = "the cat saw the dog\nthe dog ran\n"
    let all = try tokenizer(text, textOptions())
    // The most frequent first, then in the order of their bytes.
    #expect(try pieces("the dog cat ran saw", all) == ["the", "dog", "cat", "ran", "saw"])
    #expect(try all.encode("the dog cat ran saw") == [4, 5, 6, 7, 8, 2])
    let often = try tokenizer(text, textOptions { $0.minimumCount = 2 })
    #expect(often.vocabularySize == SpecialToken.count + 2)
    #expect(try often.encode("the cat") == [4, SpecialToken.unknown, SpecialToken.end])
    let few = try tokenizer(text, textOptions { $0.maximumVocabulary = 1 })
    #expect(few.vocabularySize == SpecialToken.count + 1)
    #expect(few.decode([1, 4, 3, 2, 4]) == "the <unk>")
  }

  @Test func wordsAreJoinedAsTheyAreWritten() throws {
    let text = "well, (he said) yes: it's 5% off!"
    #expect(try { try $0.decode($0.encode(text)) }(tokenizer(text, textOptions())) == text)
  }

  @Test func lowerCaseIsKeptInTheTokenizer() throws {
    let tokenizer = try tokenizer("The ÉTÉ", textOptions { $0.lowercase = true })
    #expect(try Tokenizer(json: tokenizer.json).encode("THE été") == [4, 5, 2])
  }

  @Test(arguments: [
    "plain words and words", "  two\n\nlines\t\r\n", "Zürich 東京 😀👨‍👩‍👧 e\u{301}", "\u{0}\u{1}\u{7F}",
    "aaaaaaa aaaa",
  ])
  func bytePairsGiveBackAnyText(text: String) throws {
    let tokenizer = try tokenizer(
      "words in lines and more words in more lines\naaaa aaaaaaaa aaa\n",
      textOptions(.bytePairs) { $0.merges = 40 })
    let tokens = try tokenizer.encode(text)
    #expect(tokenizer.decode(tokens).utf8.elementsEqual(text.utf8))
    #expect(try Tokenizer(json: tokenizer.json) == tokenizer)
    #expect(try Tokenizer(json: tokenizer.json).encode(text) == tokens)
  }

  /// The example of Sennrich et al., section 3.2, worked by hand with ties to the smaller tokens.
  @Test func bytePairsJoinWhatIsMostFrequent() throws {
    let text =
      String(repeating: "low\n", count: 5) + "lower\nlower\n"
      + String(repeating: "newest\n", count: 6) + String(repeating: "widest\n", count: 3)
    let tokenizer = try tokenizer(text, textOptions(.bytePairs) { $0.merges = 4 })
    // es 9, then es-t 9, l-o 7, lo-w 7.
    #expect(tokenizer.vocabularySize == SpecialToken.count + 256 + 4)
    #expect(try pieces("lowest", tokenizer) == ["low", "est"])
    #expect(try pieces("newer", tokenizer) == ["n", "e", "w", "e", "r"])
  }

  @Test func mergesStopWhereNothingComesTwice() throws {
    let tokenizer = try tokenizer("ab\ncd\n", textOptions(.bytePairs))
    #expect(tokenizer.vocabularySize == SpecialToken.count + 256)
  }

  @Test(arguments: [
    (Tokenizer.Kind.characters, "abc", "abd", "\"d\" at character 3"),
    (.smiles, "CCO", "CCN", "\"N\" at character 3"), (.smiles, "C", "CéX", "\"é\" at character 2"),
    (.smiles, "C", "C[N", "bracket at character 2"), (.smiles, "C", "C%1", "ring closure"),
    (.nucleotides, "ACGT", "ACXT", "\"X\" at character 3"),
    (.aminoAcids, "MKV", "MK1", "\"1\" at character 3"),
  ])
  func whatIsNoTokenIsNamed(
    kind: Tokenizer.Kind, train: String, text: String, named: String
  ) throws {
    let tokenizer = try tokenizer(train, textOptions(kind))
    do {
      _ = try tokenizer.encode(text)
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.description.contains(named) && error.kind == .bad)
    }
  }

  @Test(arguments: [
    "", "{}", "[1]", #"{"kind": "words"}"#, #"{"kind": "words", "lowercase": false}"#,
    #"{"kind": "words", "lowercase": false, "tokens": ["a", "a"]}"#,
    #"{"kind": "words", "lowercase": false, "tokens": ["a", 1]}"#,
    #"{"kind": "words", "lowercase": false, "tokens": [""]}"#,
    #"{"kind": "rocks", "lowercase": false, "tokens": []}"#,
    #"{"kind": "byte_pairs", "lowercase": false, "merges": [[1, 300]]}"#,
    #"{"kind": "byte_pairs", "lowercase": false, "merges": [[1, -3]]}"#,
    #"{"kind": "byte_pairs", "lowercase": false, "merges": [[1]]}"#,
  ])
  func damagedTokenizersAreRefused(json: String) {
    #expect(throws: DataError.self) { try Tokenizer(json: json) }
  }

  @Test func numbersThatAreNoTokensAreUnknown() throws {
    #expect(try tokenizer("a", textOptions()).decode([-5, 99, 4]) == "<unk> <unk> a")
    let pairs = try tokenizer("a", textOptions(.bytePairs))
    #expect(pairs.decode([-5, 4 + 97, .max]).contains("a"))
  }
}
