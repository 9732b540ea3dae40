import TensorCore
import Testing

@testable import VAEData

/// Rows are the same wherever the buffer that holds them ends.
@Suite struct TableScannerTests {
  /// The rows of some bytes, of which `step` more are seen whenever they do not suffice.
  private func rows(_ bytes: [UInt8], _ dialect: TableDialect, step: Int) -> [[String]] {
    var scanner = TableScanner(dialect)
    var rows: [[String]] = []
    var (start, end, isAtEnd) = (0, min(step, bytes.count), false)
    while start < bytes.count {
      let row = bytes[start..<end].withUnsafeBytes { bytes -> TableScanner.Row? in
        guard let row = scanner.scan(bytes, isAtEnd: isAtEnd) else { return nil }
        let fields = scanner.fields.map { String(decoding: $0.text(in: bytes), as: UTF8.self) }
        rows.append(fields + [scanner.problem?.text ?? "", "\(row.lines)"])
        return row
      }
      if let row {
        start += row.next
        end = max(start, end)
      } else if end < bytes.count {
        end = min(bytes.count, end + step)
      } else if !isAtEnd {
        isAtEnd = true
      } else {
        Issue.record("a row at \(start) does not end")
        break
      }
    }
    return rows
  }

  private func dialect(_ separator: String, isQuoted: Bool = true) -> TableDialect {
    var dialect = TableDialect(isQuoted: isQuoted)
    dialect.separator = separator.utf8.first
    return dialect
  }

  @Test func fieldsAreThoseOfTheStandard() {
    let comma = dialect(",")
    let cases: [(String, [[String]])] = [
      ("a,b\nc,\n", [["a", "b", "", "1"], ["c", "", "", "1"]]),
      ("\"a,\"\"b\"\"\r\nc\",d\r\n", [["a,\"b\"\r\nc", "d", "", "2"]]),
      ("\"\",x\"y\"\r", [["", "x\"y\"", "", "1"]]),
      ("a , \"b\" ,c", [["a ", "b", "c", "", "1"]]),
      ("a, \"b\" c", [["a", " \"b\" c", "", "1"]]),
      (
        "\"a\" b,c\nd,e",
        [["has text behind a closing quote", "1"], ["d", "e", "", "1"]]
      ),
      (
        "a,\"b\nc,d\n",
        [["a", "begins a quoted field that does not close", "1"], ["c", "d", "", "1"]]
      ),
    ]
    for (text, wanted) in cases { #expect(rows(Array(text.utf8), comma, step: 100) == wanted) }
    #expect(
      rows(Array(" 1  2\t3 \n\n".utf8), dialect(" "), step: 100)
        == [["1", "2", "3", "", "1"], ["", "", "1"]])
    #expect(
      rows(Array("\"a,b\nc".utf8), dialect(",", isQuoted: false), step: 100)
        == [["\"a", "b", "", "1"], ["c", "", "1"]])
  }

  @Test(arguments: [",", " ", "\t"], [true, false])
  func rowsDependOnNoBuffer(separator: String, isQuoted: Bool) {
    let dialect = dialect(separator, isQuoted: isQuoted)
    let letters = Array("ab\"\"\" ,\t\r\n\n".utf8)
    var key = RandomKey(seed: 3)
    for _ in 0..<150 {
      let bytes = key.words(40).map { letters[Int($0) % letters.count] }
      let whole = rows(bytes, dialect, step: 100)
      for step in [1, 2, 3, 7] { #expect(rows(bytes, dialect, step: step) == whole) }
    }
  }
}
