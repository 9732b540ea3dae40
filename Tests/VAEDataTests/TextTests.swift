import TensorCore
import Testing
import VAEData

@Suite struct TextTests {
  let folder = TemporaryFolder()

  @Test func binarizedMNISTIsReadAsZerosAndOnes() throws {
    let row = { (bits: String) in bits.map(String.init).joined(separator: " ") + " \n" }
    folder.write("binarized_mnist_train.amat", row("0110") + row("1001"))
    folder.write("binarized_mnist_valid.amat", row("0001"))
    folder.write("binarized_mnist_test.amat", row("1111"))
    let splits = try ImageDataset.open(folder.path)
    #expect(splits.train.imageShape == [2, 2, 1])
    #expect(try values(splits.train) == [0, 1, 1, 0, 1, 0, 0, 1])
    #expect(try splits.validation.map(values) == [0, 0, 0, 1])
    #expect(try splits.test.map(values) == [1, 1, 1, 1])
  }

  struct Table: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    var labels: [Int32]?
    var names: [String]?
    let values: [Float]
  }

  static let bytes: [Float] = [0, 51, 102, 255].map { $0 / 255 }
  static let tables: [Table] = [
    Table(testDescription: "plain", text: "0,51,102,255\n", values: bytes),
    Table(testDescription: "no end of line", text: "0,51,102,255", values: bytes),
    Table(testDescription: "Windows", text: "0;51;102;255\r\n\r\n", values: bytes),
    Table(testDescription: "tabs", text: "0\t51\t102\t255\n", values: bytes),
    Table(testDescription: "blanks", text: "  0  51 102 255  \n\n", values: bytes),
    Table(testDescription: "whole numbers as floats", text: "0.0,51.0,102,2.55e2\n", values: bytes),
    Table(testDescription: "a header", text: "p0,p1,p2,p3\n0,51,102,255\n", values: bytes),
    Table(
      testDescription: "a labelled header", text: "1x1,\"Label\",1x2,2x1,2x2\n0,7,51,102,255\n",
      labels: [7], values: bytes),
    Table(
      testDescription: "named classes",
      text: "class,p0,p1,p2,p3\nzebra,0,1,1,0\n\"ape\",1,0,0,1\n", labels: [1, 0],
      names: ["ape", "zebra"], values: [0, 1, 1, 0, 1, 0, 0, 1]),
    Table(
      testDescription: "labels first and no header", text: "3,0,51,102,255\n4,0,51,102,255\n",
      labels: [3, 4], values: bytes + bytes),
    Table(
      testDescription: "floats", text: "0,1,2,3\n-0.5, 1e-3 ,2,300\n",
      values: [0, 1, 2, 3, -0.5, 0.001, 2, 300]),
  ]

  @Test(arguments: tables) func tablesAreRead(table: Table) throws {
    let set = try ImageDataset.open(folder.write("table.csv", table.text)).train
    #expect(set.imageShape == [2, 2, 1])
    #expect(set.labels == table.labels && set.classNames == table.names)
    #expect(try values(set) == table.values)
  }

  @Test func longLinesAreRead() throws {
    // Longer than the reader's buffer, which holds 262,144 bytes.
    let row = (0..<200_000).map { String($0 % 7) }.joined(separator: ",") + "\n"
    let set = try ImageDataset.open(folder.write("x.csv", row + row)).train
    #expect(set.count == 2 && set.imageShape == [1, 200_000, 1])
    let last = try set.images(at: [1]).floats
    #expect(last[7 * 1000 + 6] == 6 && last[199_999] == Float(199_999 % 7))
  }

  static let damaged: [(text: String, says: [String])] = [
    ("1,2,3,4\n1,2,3\n", ["line 2 has 3 columns", "the first has 4"]),
    ("1,2,3,4\n\n1,2,3,4,5\n", ["line 3 has 5 columns"]),
    ("1 0 1 0\n1 0 x 0\n", ["line 2, column 3", "\"x\""]),
    ("1,2,3,4\n1,,3,4\n", ["line 2, column 2", "nothing"]),
    ("a,b\n1,nan\n", ["line 2, column 2", "nan"]),
    ("1,2,3,1e99\n", ["line 1, column 4"]),
    ("label,x\n", ["no rows"]),
    ("label\n1\n", ["labels and nothing else"]),
    ("\n \n", ["empty"]),
  ]

  @Test(arguments: damaged) func damageIsNamed(text: String, says: [String]) throws {
    let path = folder.write("table.csv", text)
    let error = try #require(failure(opening: path))
    #expect(error.kind == .bad && error.path == path)
    for words in says { #expect(error.description.contains(words)) }
  }

  @Test func partsMustFit() throws {
    folder.write("x_train.csv", "1,2,3,4\n")
    folder.write("x_test.csv", "1,2,3\n")
    #expect(failure(opening: folder.path)?.description.contains("3") == true)
    folder.write("y_train.csv", "1\n")
    #expect(failure(opening: folder.path)?.description.contains("several files") == true)
  }

  @Test func partsAreWordsOfNames() throws {
    for (name, value) in [
      ("dataTrain_2.csv", 1), ("latest.csv", 2), ("a-testset.csv", 3), ("DEV.csv", 4),
    ] {
      folder.write(name, "\(value),2,3,4\n")
    }
    let splits = try ImageDataset.open(folder.path)
    #expect(try values(splits.train)[0] * 255 == 1)
    #expect(try splits.test.map(values)?[0] == 3 / 255)
    #expect(try splits.validation.map(values)?[0] == 4 / 255)
  }

  @Test func whatIsNoDataIsNamed() throws {
    let error = try #require(failure(opening: folder.write("x.bin", [1, 2, 3, 250])))
    #expect(error.kind == .bad && error.description.contains("IDX, PNG, JPEG, NPY, NPZ, CSV, AMAT"))
    #expect(failure(opening: folder.write("empty", ""))?.kind == .bad)
    #expect(failure(opening: "/dev/null")?.kind == .bad)
  }

  @Test func gzippedArraysAreNamed() throws {
    let array = try Bytes.read("\(goldenFolder)/series.npy")
    let path = folder.write("x.npy.gz", gzip(array))
    #expect(failure(opening: path)?.description.contains("gunzip it") == true)
    #expect(failure(openingSeries: path)?.description.contains("gunzip it") == true)
  }
}
