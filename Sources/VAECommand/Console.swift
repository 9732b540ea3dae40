import VAEZoo

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a command speaks: results on standard output, everything else on standard error.
enum Console {
  /// Writes a line of results.
  ///
  /// Where they cannot be written nobody gets them, so the command fails.
  static func print(_ line: String) {
    guard !write(line + "\n", to: STDOUT_FILENO) else { return }
    let reason = String(cString: strerror(errno))
    error("error: standard output cannot be written: \(reason)")
    exit(73)
  }

  /// Writes a line for the person at the terminal.
  static func error(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

  /// Writes over the current line of the terminal.
  static func overwrite(_ line: String) { write("\r\u{1B}[K" + line, to: STDERR_FILENO) }

  /// Whether a person watches standard error.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether all was written.
  @discardableResult
  private static func write(_ text: String, to file: Int32) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      #if canImport(Darwin)
        let count = bytes.withUnsafeBytes { Darwin.write(file, $0.baseAddress, $0.count) }
      #elseif canImport(Musl)
        let count = bytes.withUnsafeBytes { Musl.write(file, $0.baseAddress, $0.count) }
      #else
        let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      #endif
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      bytes = bytes.dropFirst(count)
    }
    return true
  }
}

/// Numbers as a person reads them.
enum Text {
  /// A number with `digits` digits after the point.
  static func fixed(_ value: Double, _ digits: Int = 2) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((abs(value) * scale).rounded())
    let whole = scaled / Int(scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = "\(scaled % Int(scale))"
    return "\(sign)\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  /// A count with commas: 50,123.
  static func count(_ value: Int) -> String {
    let digits = Array("\(abs(value))")
    var result = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result += "," }
      result.append(digit)
    }
    return result
  }

  /// Rows of words in columns, two spaces apart.
  static func table(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().map { column, word in
        column == row.count - 1
          ? word : word + String(repeating: " ", count: widths[column] - word.count)
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
