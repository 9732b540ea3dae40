import ImageOutput
import TensorCore
import Testing
import VAECore
import VAEData

/// Tables of numbers as spreadsheets, pandas, NumPy and R write them.
@Suite struct NumberTableTests {
  let folder = TemporaryFolder()

  struct Numbers: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    var values: [Float] = [0.5, 1, -2, 3]
    var notes = 0
  }

  static let numbers = [
    Numbers(testDescription: "decimal commas", text: "0,5;1\n-2;3,0\n"),
    Numbers(testDescription: "decimal commas and a header", text: "a;b\r\n0,5;1,0\r\n-2,0;3,0\r\n"),
    Numbers(testDescription: "decimal commas and tabs", text: "0,5\t1\n-2\t3\n"),
    Numbers(testDescription: "decimal commas and blanks", text: "0,5 1\n-2 3\n"),
    Numbers(testDescription: "quoted decimal commas", text: "\"0,5\",\"1,0\"\n\"-2,0\",\"3,0\"\n"),
    Numbers(testDescription: "points and semicolons", text: "0.5;1\n-2;3\n"),
    Numbers(testDescription: "bars", text: "0.5|1\n-2|3\n"),
    Numbers(testDescription: "a quoted header with a comma", text: "\"a, b\",c\n0.5,1\n-2,3\n"),
    Numbers(testDescription: "pandas", text: ",a,b\n0,0.5,1\n1,-2,3\n", notes: 1),
    Numbers(testDescription: "pandas, columns numbered", text: ",0,1\n0,0.5,1\n1,-2,3\n", notes: 1),
    Numbers(
      testDescription: "pandas, rows chosen", text: "Unnamed: 0,a,b\n7,0.5,1\n4,-2,3\n", notes: 1),
    Numbers(testDescription: "identifiers", text: "id,a,b\n4711,0.5,1\n4,-2,3\n", notes: 1),
    Numbers(
      testDescription: "R, write.csv", text: "\"\",\"a\",\"b\"\n\"1\",0.5,1\n\"2\",-2,3\n", notes: 1
    ),
    Numbers(
      testDescription: "R, write.table", text: "\"a\" \"b\"\n\"1\" 0.5 1\n\"2\" -2 3\n", notes: 1),
    Numbers(testDescription: "R without quotes", text: "a\tb\n1\t0.5\t1\n2\t-2\t3\n", notes: 1),
    Numbers(testDescription: "R, numbered names in quotes", text: "\"1\",\"2\"\n0.5,1\n-2,3\n"),
    Numbers(testDescription: "NumPy", text: "# a b\n5.0e-01 1.0e+00\n-2.0e+00 3.0e+00\n"),
    Numbers(testDescription: "comments", text: "# made today\n0.5,1\n# more\n-2,3\n"),
    Numbers(testDescription: "separators at the ends", text: "a,b,\n0.5,1,\n-2,3,\n"),
    Numbers(testDescription: "separators at some ends", text: "0.5,1\n-2,3,\n"),
    Numbers(testDescription: "empty rows at the end", text: "0.5,1\n-2,3\n,\n,\n\n"),
    Numbers(testDescription: "CR alone", text: "a,b\r0.5,1\r-2,3\r"),
    Numbers(testDescription: "a mark of UTF-8", text: "\u{FEFF}0.5,1\r\n-2,3"),
    Numbers(testDescription: "a line for spreadsheets", text: "sep=;\n0.5;1\n-2;3\n"),
  ]

  @Test(arguments: numbers, [false, true]) func numbersOfAnyProgramAreRead(
    table: Numbers, isPacked: Bool
  ) throws {
    let bytes = Array(table.text.utf8)
    let path =
      isPacked ? folder.write("a.csv.gz", gzip(bytes)) : folder.write("a.csv", bytes)
    var options = DataOptions()
    options.rowShape = [1, 2, 1]
    let images = try ImageDataset.open(path, options: options).train
    #expect(images.imageShape == [1, 2, 1] && images.labels == nil)
    #expect(try values(images) == table.values)
    #expect(images.notes.count == table.notes, "\(images.notes)")
    let rows = try SignalDataset.open(path, options: signalOptions()).splits.train
    #expect(try frames(rows) == [[0.5, 1], [-2, 3]])
    let steps = try SignalDataset.open(path, options: signalOptions { $0.window = 2 }).splits.train
    #expect(try frames(steps) == [table.values] && steps.notes.count == table.notes)
  }

  @Test func aHeaderMayCountItsColumns() throws {
    let row = (0..<16).map(String.init).joined(separator: ",")
    let ones = Array(repeating: "1", count: 16).joined(separator: ",")
    let set = try ImageDataset.open(folder.write("a.csv", "\(row)\n\(ones)\n\(ones)\n")).train
    #expect(set.count == 2 && set.imageShape == [4, 4, 1])
  }

  @Test func columnsAreChosenByTheirWholeNames() throws {
    let path = folder.write("a.csv", "time,\"a, in m\",b\nx,1,2\ny,3,4\n")
    let set = try SignalDataset.open(path, options: signalOptions { $0.columns = ["b"] }).splits
      .train
    #expect(try frames(set) == [[2, 4]])
    let all = try SignalDataset.open(path, options: signalOptions { $0.window = 2 }).splits.train
    #expect(try frames(all) == [[1, 2, 3, 4]])
    #expect(all.notes.count == 1 && all.notes[0].contains("column 1, \"time\", is left out"))
  }

  static let refused: [(text: String, says: String)] = [
    ("t,v\na,NA\nb,2\nc,3\n", "line 2, column 2 holds \"NA\" where a number is needed"),
    ("t,v\na,1\nb,2\nc,\n", "line 4, column 2 holds nothing where a number is needed"),
    ("v,w\n1,2\n2,x\n3,4\n", "line 3, column 2 holds \"x\" where a number is needed"),
    ("v,w\n1,2\n2,3,4\n", "line 3 has 3 columns, but the first has 2"),
    ("v,w\n1,2\n,\n3,4\n", "line 3 has separators and nothing between them"),
    ("v;w\n1,5;2.5\n", "has numbers with a comma (1,5) and with a point (2.5)"),
    ("v;w\n1.234,5;2\n", "has numbers such as 1.234,5, with marks between thousands"),
    ("Some title\n1,2\n3,4\n", "line 2 has 1 columns, but the first has 2"),
    ("v;w\n1,234;2\n", "has numbers such as 1,234, whose comma may stand"),
    ("v,w\n1,\"2\n", "line 2, column 2 begins a quoted field that does not close"),
    ("\"v,w\n1,2\n", "line 1, column 1 begins a quoted field that does not close"),
  ]

  @Test(arguments: refused.indices) func whatIsWrongIsNamed(place: Int) throws {
    let (text, says) = Self.refused[place]
    let path = folder.write("a.csv", text)
    let error = try #require(failure(openingSeries: path, signalOptions { $0.window = 2 }))
    #expect(error.path == path && error.description.contains(says), "\(error)")
    let images = try #require(failure(opening: path))
    #expect(images.path == path, "\(images)")
  }

  @Test func marksMayBeSaid() throws {
    let path = folder.write("a.csv", "1,234;2\n5,678;9\n")
    let set = try SignalDataset.open(
      path, options: signalOptions { ($0.decimal, $0.separator) = (.comma, .semicolon) }
    ).splits.train
    #expect(try frames(set) == [[1.234, 2], [5.678, 9]])
    let headed = folder.write("b.csv", "1990,1991\n3,4\n5,6\n")
    let rows = try SignalDataset.open(headed, options: signalOptions { $0.header = true })
    #expect(try frames(rows.splits.train) == [[3, 4], [5, 6]])
  }

  @Test func aColumnOfDecimalCommasIsOne() throws {
    let path = folder.write("a.csv", "x\n0,5\n0,7\n1,5\n")
    let set = try SignalDataset.open(path, options: signalOptions { $0.window = 3 }).splits.train
    #expect(try frames(set) == [[0.5, 0.7, 1.5]] && set.notes == [])
  }

  @Test func directionsInSpaceAreNoLabels() throws {
    let path = folder.write("a.csv", "t,x,y,z\n0.1,1,2,3\n0.2,4,5,6\n")
    let set = try SignalDataset.open(path, options: signalOptions { $0.window = 2 }).splits.train
    #expect(try frames(set) == [[0.1, 1, 2, 3, 0.2, 4, 5, 6]] && set.labels == nil)
  }

  @Test func aColumnOfWordsHoldsTheLabels() throws {
    let iris = "length,width,kind\n5.1,3.5,setosa\n7,3.2,versicolor\n4.9,3,setosa\n"
    let set = try ImageDataset.open(folder.write("a.csv", iris)).train
    #expect(set.labelNames == ["setosa", "versicolor", "setosa"] && set.imageShape == [1, 2, 1])
    #expect(set.notes.first?.contains("column 3, \"kind\", is read as the label") == true)
    // Of several nothing tells which.
    let two = "place,length,kind\nhere,5.1,a\nthere,7,b\n"
    let rows = try ImageDataset.open(folder.write("b.csv", two)).train
    #expect(rows.labels == nil && rows.columnNames == ["length"] && rows.notes.count == 2)
    var options = DataOptions()
    options.labelColumn = "place"
    let named = try ImageDataset.open("\(folder.path)/b.csv", options: options).train
    #expect(named.labelNames == ["here", "there"])
    options.columns = ["width"]
    options.labelColumn = nil
    let chosen = try ImageDataset.open("\(folder.path)/a.csv", options: options).train
    #expect(try values(chosen) == [3.5, 3.2, 3])
  }

  @Test func labelsMayStandLast() throws {
    let rows = (0..<12).map { row in (0..<4).map { "\((row * 7 + $0 * 5) % 16)" } }
    func labels(_ rows: [[String]]) throws -> [String]? {
      let text = rows.map { $0.joined(separator: ",") }.joined(separator: "\n")
      let set = try ImageDataset.open(folder.write("a.csv", text)).train
      #expect(set.imageShape == [2, 2, 1])
      #expect(set.notes.contains { $0.contains("is read as the label") })
      return set.labelNames
    }
    let classes = (0..<12).map { "\($0 % 3)" }
    #expect(try labels(zip(rows, classes).map { $0 + [$1] }) == classes)
    #expect(try labels(zip(rows, classes).map { [$1] + $0 }) == classes)
    // Where the others make none, it is asked about.
    let five = (0..<12).map { row in "\(row * 3),\(row * 5),\(row * 7),\(row % 3)" }
    let text = five.joined(separator: "\n")
    let asked = try ImageDataset.open(folder.write("d.csv", text), options: leastSide(8)).train
    #expect(asked.imageShape == [1, 4, 1] && asked.labels == nil)
    #expect(asked.notes.contains { $0.contains("set data.label_column to 4") })
    // A column called as labels are, whose numbers have decimals, is none.
    let values = "x,y\n" + (0..<9).map { "\($0),\(Double($0) / 2 + 0.25)" }.joined(separator: "\n")
    let points = try ImageDataset.open(folder.write("b.csv", values)).train
    #expect(points.labels == nil && points.columnNames == ["x", "y"])
    // Words that are another in each row name the rows.
    let cells = "cell,a,b\n" + (0..<9).map { "AC\($0),\($0),2.5" }.joined(separator: "\n")
    let named = try ImageDataset.open(folder.write("c.csv", cells)).train
    #expect(named.labels == nil && named.notes.contains { $0.contains("names the rows") })
  }

  private func leastSide(_ side: Int) -> DataOptions {
    var options = DataOptions()
    options.leastSide = side
    return options
  }

  /// What a trained model knows of columns leaves the label where training found it.
  @Test func knownColumnsLeaveTheLabelInItsPlace() throws {
    let text = "length,kind,width\n5,a,2.5\n6,b,3\n7,a,3.5\n"
    var options = DataOptions()
    options.knownColumns = ["width", "length"]
    let set = try ImageDataset.open(folder.write("a.csv", text), options: options).train
    #expect(set.labelNames == ["a", "b", "a"])
    #expect(try values(set) == [2.5, 5, 3, 6, 3.5, 7])
    let bare = try ImageDataset.open(
      folder.write("b.csv", "width,length\n2.5,5\n"), options: options
    ).train
    #expect(bare.labels == nil && bare.count == 1)
  }

  @Test func formatsThatAreNotReadAreNamed() throws {
    for (name, words) in [
      ("a.xlsx", "save it as CSV"), ("b.ts", "sktime"), ("c.arff", "Weka"), ("d.pt", "PyTorch"),
      ("e.mp3", "convert it to WAV"), ("f.H5", "HDF5"),
    ] {
      let path = folder.write(name, "1,2\n3,4\n")
      #expect(failure(opening: path)?.description.contains(words) == true)
      #expect(failure(openingSeries: path)?.description.contains(words) == true)
      #expect { try TextDataset.open(path) } throws: { "\($0)".contains(words) }
    }
  }

  @Test func whatDescribesImagesIsLeftAlone() throws {
    let image = Image(height: 2, width: 2, channels: 1, pixels: [0, 255, 0, 255])
    for name in ["a/1.png", "a/2.png", "b/1.png"] { try image.writePNG(to: folder.write(name, "")) }
    folder.write("labels.csv", "file,kind\n1.png,a\n")
    folder.write("README.txt", "what this is\n")
    #expect(DataKind(guessedFrom: folder.path) == .images)
    let set = try ImageDataset.open(folder.path).train
    #expect(set.count == 3 && set.classNames == ["a", "b"])
  }

  @Test func namesOfPixelsMakeImages() throws {
    func shape(_ header: String) throws -> Shape {
      try ImageDataset.open(folder.write("a.csv", header + "\n0.5,1,2,3\n")).train.imageShape
    }
    for header in ["pixel0,pixel1,pixel2,pixel3", "1x1,1x2,2x1,2x2", "V1,V2,V3,V4"] {
      #expect(try shape(header) == [2, 2, 1])
    }
    #expect(try shape("age,height,weight,pulse") == [1, 4, 1])
  }

  @Test func badRowsMayBePassedOver() throws {
    let path = folder.write(
      "a.csv", "label,a1,a2,a3,a4\n1,1,2,3,4\n2,1,x,3,4\n,1,2,3,4\n3,1,2\n4,5,6,7,8\n")
    var options = DataOptions()
    options.skipsBadFiles = true
    let set = try ImageDataset.open(path, options: options).train
    #expect(set.labels == [1, 4] && set.skipped.count == 3)
    #expect(set.skipped[1].contains("line 4, column 1 holds no label"))
    #expect(try values(set).map { $0 * 255 } == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(failure(opening: path)?.description.contains("line 5 has 3 columns") == true)
    let rows = try SignalDataset.open(path, options: signalOptions { $0.skipBad = true }).splits
      .train
    #expect(rows.labels == [1, 3, 4] && rows.skipped.count == 2)
  }
}
