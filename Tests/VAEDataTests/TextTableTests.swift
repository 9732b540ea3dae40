import TensorCore
import Testing
import VAECore
import VAEData

/// Tables of text as spreadsheets, pandas and R write them.
@Suite struct TextTableTests {
  let folder = TemporaryFolder()

  private func texts(
    _ text: String, name: String = "a.csv",
    _ change: @Sendable (inout TextOptions) -> Void = { _ in }
  ) throws -> (texts: [String], labels: [String]?, dataset: SequenceDataset) {
    let path = folder.write(name, text)
    let (splits, tokenizer) = try TextDataset.open(path, options: textOptions(.characters, change))
    let train = splits.train
    let texts = try (0..<train.count).map {
      tokenizer.decode(try train.sequences(at: [$0]).values.integers)
    }
    return (texts, train.labelNames, train)
  }

  private func refusal(
    _ text: String, name: String = "a.csv",
    _ change: @Sendable (inout TextOptions) -> Void = { _ in }
  ) -> String? {
    do {
      _ = try texts(text, name: name, change)
      return nil
    } catch { return "\(error)" }
  }

  @Test func anInchMarkIsACharacter() throws {
    let rows = (0..<43).map { "\($0),a \($0 % 3 == 0 ? "24\" wide" : "plain") thing,x\n" }
    let read = try texts("id,text,label\n" + rows.joined())
    #expect(read.texts.count == 43 && read.texts[21] == "a 24\" wide thing")
  }

  @Test func quotesThatAreNoneAreNamedOrTurnedOff() throws {
    let tables = [
      ("text,label\na,x\n\"b\" c,x\n", "line 3, column 1 has text behind a closing quote"),
      (
        "text,label\na,x\nb,\"y\nc,x\n",
        "line 3, column 2 begins a quoted field that does not close"
      ),
      (
        "text,label\n\"b,x\nc \"d\",x\n",
        "line 2, column 1 begins a quoted field that ends 1 line below amid text"
      ),
    ]
    for (table, says) in tables {
      let error = try #require(refusal(table))
      #expect(error.contains(says) && error.contains("data.quoted"), "\(error)")
    }
    let read = try texts("text\tlabel\n\"a\" b\tx\n\"c\td\"\n", name: "a.tsv") { $0.quoted = false }
    #expect(read.texts == ["\"a\" b", "\"c"] && read.labels == ["x", "d\""])
  }

  @Test func blanksMayStandAroundAQuotedField() throws {
    let read = try texts("text, label\n\"a, b\" , x\nc, \"y\"\n \"d\" e,x\n")
    #expect(read.texts == ["a, b", "c", " \"d\" e"] && read.labels == ["x", "y", "x"])
  }

  @Test func aRowHasAsManyFieldsAsTheFirst() throws {
    for (row, says) in [("one, two,x", "has 3 columns"), ("one", "has 1 columns")] {
      let error = try #require(refusal("text,label\na,x\n\(row)\nb,y\n"))
      #expect(error.contains("line 3 \(says), but the first row has 2"), "\(error)")
    }
    // What a separator at the end of a row adds is nothing.
    let read = try texts("text,label,\na,x,\nb,y,\n,,\n")
    #expect(read.texts == ["a", "b"])
  }

  struct Written: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    var texts = ["one", "two; 2", "three"]
    var labels: [String]? = ["x", "y", "x"]
    init(
      _ name: String, _ text: String, texts: [String]? = nil, labels: [String]? = ["x", "y", "x"]
    ) {
      (testDescription, self.text, self.labels) = (name, text, labels)
      if let texts { self.texts = texts }
    }
  }

  static let written = [
    Written("pandas", ",text,label\n0,one,x\n1,two; 2,y\n2,three,x\n"),
    Written(
      "R, write.csv",
      "\"\",\"text\",\"label\"\n\"1\",\"one\",\"x\"\n\"2\",\"two; 2\",\"y\"\n\"3\",\"three\",\"x\"\n"
    ),
    Written(
      "R, write.table",
      "\"text\",\"label\"\n\"1\",\"one\",\"x\"\n\"2\",\"two; 2\",\"y\"\n\"3\",\"three\",\"x\"\n"),
    Written("a spreadsheet", "text;label\r\none;x\r\n\"two; 2\";y\r\nthree;x\r\n;\r\n;\r\n"),
    Written(
      "a spreadsheet for spreadsheets",
      "sep=;\r\ntext;label\r\none;x\r\n\"two; 2\";y\r\nthree;x\r\n"),
    Written("an old Macintosh", "text,label\rone,x\rtwo; 2,y\rthree,x\r"),
    Written("bars", "text|label\none|x\ntwo; 2|y\nthree|x"),
    Written("tabs in a CSV", "text\tlabel\none\tx\ntwo; 2\ty\nthree\tx"),
    Written("a mark of UTF-8", "\u{FEFF}text,label\none,x\n\ntwo; 2,y\n\nthree,x\n"),
    Written(
      "CR in quotes", "text,label\r\n\"one\r\na\",x\r\n\"b\rc\",y\r\n",
      texts: ["one\r\na", "b\rc"], labels: ["x", "y"]),
  ]

  @Test(arguments: written, [false, true]) func textOfAnyProgramIsRead(
    table: Written, isPacked: Bool
  ) throws {
    let bytes = Array(table.text.utf8)
    let path =
      isPacked ? folder.write("a.csv.gz", gzip(bytes)) : folder.write("a.csv", bytes)
    let (splits, tokenizer) = try TextDataset.open(path, options: textOptions(.characters))
    let read = try (0..<splits.train.count).map {
      tokenizer.decode(try splits.train.sequences(at: [$0]).values.integers)
    }
    #expect(read == table.texts && splits.train.labelNames == table.labels)
  }

  @Test func separatorsAndCommentsMayBeSaid() throws {
    let read = try texts("# made today\n1;a,b\n2;c,d\n") {
      ($0.separator, $0.comment, $0.column) = (.semicolon, "#", "2")
    }
    #expect(read.texts == ["a,b", "c,d"])
    #expect(try texts("text\n#one\n").texts == ["#one"])
  }

  @Test func commasOfTheTextDivideNothingElse() throws {
    #expect(try texts("text\nhello, world\nbye\n").texts == ["hello, world", "bye"])
    let read = try texts("review;sentiment\ngood, really;1\nbad;0\n") {
      ($0.column, $0.labelColumn) = ("review", "sentiment")
    }
    #expect(read.texts == ["good, really", "bad"] && read.labels == ["1", "0"])
    #expect(try texts("text,label\na,x\n", name: "a.tsv").texts == ["a"])
    #expect(try texts("a, b\nc\td\n", name: "a.tsv").texts == ["a, b", "c\td"])
  }

  @Test func aMissingLabelOrTextIsNamed() throws {
    for cell in ["", "NA", "NaN"] {
      let error = try #require(refusal("text,label\na,x\nb,\(cell)\n"))
      #expect(error.contains("line 3, column 2 holds"), "\(error)")
      let empty = try #require(refusal("text,label\na,x\n\(cell),x\n"))
      #expect(empty.contains("line 3 is empty"), "\(empty)")
    }
    let quoted = try texts("text,label\na,x\n\"NA\",\"NA\"\n")
    #expect(quoted.texts == ["a", "NA"] && quoted.labels == ["x", "NA"])
    let skipped = try texts("text,label\na,x\nb,\nc,x,y\n\"d\" e,x\nf,y\n") { $0.skipBad = true }
    #expect(skipped.texts == ["a", "f"] && skipped.labels == ["x", "y"])
    #expect(skipped.dataset.skipped.count == 3)
    #expect(skipped.dataset.skipped[0].contains("line 3, column 2 holds no label"))
  }

  @Test(arguments: [[0xFF, 0xFE], [0xFE, 0xFF], []] as [[UInt8]]) func UTF16IsNamed(mark: [UInt8]) {
    let text = Array("text,label\na,x\n".utf8).flatMap { mark.first == 0xFE ? [0, $0] : [$0, 0] }
    for name in ["a.csv", "a.txt", "a.json", "a.fasta"] {
      let path = folder.write(name, mark + text)
      #expect(throws: DataError.self) { try TextDataset.open(path) }
      do { _ = try TextDataset.open(path) } catch {
        #expect(error.description.contains("is in UTF-16; save it as UTF-8"), "\(error)")
      }
    }
    guard !mark.isEmpty else { return }
    let path = folder.write("b.csv", mark + text)
    #expect(failure(opening: path)?.description.contains("UTF-16") == true)
    #expect(failure(openingSeries: path)?.description.contains("UTF-16") == true)
  }
}
