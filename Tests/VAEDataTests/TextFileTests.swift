import TensorCore
import Testing
import VAECore
import VAEData

/// Files of lines, molecules and biological sequences as they come.
@Suite struct TextFileTests {
  let folder = TemporaryFolder()

  private func open(
    _ name: String, _ text: String, _ kind: Tokenizer.Kind,
    _ change: (inout TextOptions) -> Void = { _ in }
  ) throws -> (texts: [String], train: SequenceDataset, tokenizer: Tokenizer) {
    let (splits, tokenizer) = try TextDataset.open(
      folder.write(name, text), options: textOptions(kind, change))
    return (try texts(splits.train, tokenizer), splits.train, tokenizer)
  }

  // MARK: - Lines

  @Test(arguments: ["one\ntwo\n\n", "one\r\ntwo\r\n\r\n \r\n", "one\rtwo\r\r", "one\ntwo\n \t"])
  func blankLinesAtTheEndAreNothing(text: String) throws {
    #expect(try open("a.txt", text, .words).texts == ["one", "two"])
    let lines = text.replacing("one", with: "[\"one\"]").replacing("two", with: "[\"two\"]")
    #expect(try open("a.jsonl", lines, .words).texts == ["one", "two"])
  }

  @Test func linesLongerThanTheBufferEndWithAnything() throws {
    let long = String(repeating: "x", count: 300_000)
    for end in ["\n", "\r", "\r\n"] {
      let read = try open("a.txt", "\(long)\(end)a\(end)\(long)y\(end)", .words)
      #expect(read.train.count == 3 && read.texts[1] == "a" && read.texts[2].count == 300_001)
    }
  }

  @Test func anEmptyLabelIsNamed() throws {
    let path = folder.write("a.json", #"[["a", "x"], ["b", ""]]"#)
    let error = try #require(failure(openingText: path, textOptions()))
    #expect(error.description.contains("item 2 holds no label"), "\(error)")
  }

  // MARK: - Molecules

  @Test(arguments: ["smiles name\n", "SMILES\n", "canonical_smiles\tid\n", "# made today\n", ""])
  func filesOfMoleculesMayHaveAHeader(header: String) throws {
    let read = try open("a.smi", header + "CCO ethanol\nC\tmethane\n\n", .smiles)
    #expect(read.texts == ["CCO", "C"])
  }

  @Test func anUnknownAtomMayBePassedOver() throws {
    let text = "CCO\nXeF\nC\n[Na\nN\n"
    let error = try #require(
      failure(openingText: folder.write("a.smi", text), textOptions(.smiles)))
    #expect(error.description.contains("line 2 has \"X\" at character 1, no atom"), "\(error)")
    let read = try open("a.smi", text, .smiles) { $0.skipBad = true }
    #expect(read.texts == ["CCO", "C", "N"] && read.train.skipped.count == 2)
    #expect(read.train.skipped[1].contains("line 4 has a bracket"))
    #expect(read.train.subset([0]).skipped == read.train.skipped)
    // Nothing of what was passed over is in the vocabulary.
    #expect(read.tokenizer.vocabularySize == SpecialToken.count + 3)
    let latin = folder.write("b.txt", Array("caf".utf8) + [0xE9] + Array("\ngood\n".utf8))
    let lines = try TextDataset.open(latin, options: textOptions { $0.skipBad = true }).splits.train
    #expect(lines.count == 1 && lines.skipped.count == 1)
    let bad = folder.write("c.smi", "X\nY\n")
    let none = try #require(failure(openingText: bad, textOptions(.smiles) { $0.skipBad = true }))
    #expect(none.description.contains("holds no text that can be read. The first: "), "\(none)")
  }

  // MARK: - Biological sequences

  @Test func placesAreThoseOfTheFile() throws {
    let cases = [
      (">a\nACG\n\nAC!\n", "line 4, column 3 has \"!\""),
      (">a\r\nACG\r\nA XC\r\n", "line 3, column 3 has \"X\""),
      (">a\rACG\rAX\r>b\rA\r", "line 3, column 2 has \"X\""),
      (">a\n;why\nA\n>b\nAC\n 9\n", "line 6, column 2 has \"9\""),
    ]
    for (text, says) in cases {
      let path = folder.write("a.fasta", text)
      let error = try #require(failure(openingText: path, textOptions(.nucleotides)))
      #expect(error.description.contains(says), "\(error)")
    }
    let read = try open("a.fasta", ">a\nAC!\n>b\nGG\n", .nucleotides) { $0.skipBad = true }
    #expect(read.texts == ["GG"] && read.train.skipped.count == 1)
  }

  @Test(arguments: [Tokenizer.Kind.nucleotides, .words, .aminoAcids])
  func proteinsAreRecognized(kind: Tokenizer.Kind) throws {
    let read = try open("a.faa", ">a\nMKVLPE\nfqi\n>b\nMAT*\n", kind)
    #expect(read.texts == ["MKVLPEFQI", "MAT*"] && read.tokenizer.kind == .aminoAcids)
    #expect(read.train.notes.count == (kind == .nucleotides ? 1 : 0))
    if kind == .aminoAcids { return }
    let dna = try open("a.fasta", ">a\nACGTNRYSWK\nacgtacgtac\n", kind)
    #expect(dna.tokenizer.kind == .nucleotides && dna.train.notes == [])
    // A stray letter makes no protein.
    let path = folder.write("b.fasta", ">a\nACGTACGTACGTE\n")
    #expect(failure(openingText: path, textOptions(kind))?.description.contains("\"E\"") == true)
  }

  @Test func dotsOfAlignmentsAreGaps() throws {
    let read = try open("a.a2m", ">a\nMK..vL-E\n>b\nMKpqVLPE\n", .nucleotides)
    #expect(read.texts == ["MK--VL-E", "MKPQVLPE"])
    #expect(try open("a.fa", ">a\nAC.gT-\n", .nucleotides).texts == ["AC-GT-"])
  }

  // MARK: - Sentences

  @Test func sentencesAreGenerated() throws {
    let (splits, tokenizer) = try TextDataset.open("sentences", options: textOptions())
    #expect(splits.train.count == 20_000 && splits.test?.count == 2_000)
    #expect(splits.train.classNames?.count == 8 && splits.test?.classCount == 8)
    #expect((200...600).contains(tokenizer.vocabularySize))
    // The end token is counted.
    let lengths = (0..<splits.train.count).map { splits.train.length(of: $0) - 1 }
    #expect(lengths.allSatisfy { (4...16).contains($0) } && Set(lengths).count > 8)
    let some = try texts(splits.train.subset(Array(0..<200)), tokenizer)
    #expect(Set(some).count > 195 && some.allSatisfy { $0.hasSuffix(".") || $0.hasSuffix("?") })
    let again = try TextDataset.open("sentences", options: textOptions())
    #expect(again.tokenizer == tokenizer)
    #expect(try texts(again.splits.train.subset(Array(0..<200)), tokenizer) == some)
    #expect(Datasets.builtInText.contains { $0.name == "sentences" })
  }
}
