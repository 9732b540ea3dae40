import ArgumentParser
import VAEZoo

/// `vae encode`.
struct Encode: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the codes of data: the posterior's mean of each example.",
    discussion: """
      A name that ends in .npy gives NumPy's format, [examples, codes]; any other a CSV with a \
      column a code, and the label where the data has labels.
      """)

  @OptionGroup var source: RunArgument
  @OptionGroup var data: DataArguments
  @Option(help: "The file.")
  var out: String
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var output: OutputOptions

  func validate() throws { try requireEnding(out, ["csv", "npy"], of: "a table of codes") }

  func act<D: Domain>(on run: Run<D>) throws {
    compute.apply()
    let (data, name, dataset) = try data.open(for: run)
    let codes = try run.model.allCodes(of: data.batches(of: dataset))
    try writeCodes(codes, labels: dataset.labelNames, to: out)
    if output.json {
      let result: ConfigurationValue = [
        "run": .string(source.run), "data": .string(dataset.name), "split": .string(name),
        "examples": .int(codes.shape[0]), "codes": .int(codes.shape[1]), "file": .string(out),
      ]
      Console.print(result.json)
    } else if !output.quiet {
      Console.print(
        "wrote \(out), \(codes.shape[1]) codes of \(Text.count(codes.shape[0])) examples "
          + "(\(Text.part(name, of: dataset.name)))")
    }
  }
}

/// Writes codes, `[examples, codes]`: as NumPy's format where the name ends in .npy, else as a CSV
/// with the place of each example counted from 0, a column a code, and one for the label where there are
/// labels.
func writeCodes(_ codes: Tensor, labels: [String]?, to path: String) throws {
  guard !path.lowercased().hasSuffix(".npy") else { return try NPY.write(codes, to: path) }
  let (values, width) = (codes.floats, codes.shape[1])
  let header = ["index"] + (1...width).map { "code_\($0)" } + (labels == nil ? [] : ["label"])
  let lines = (0..<codes.shape[0]).map { row in
    let numbers = values[(row * width)..<((row + 1) * width)].map { "\($0)" }
    return (["\(row)"] + numbers + (labels.map { [Text.csvField($0[row])] } ?? [])).joined(
      separator: ",")
  }
  try replaceFile(path, with: [header.joined(separator: ",")] + lines)
}

extension Text {
  /// A field of a CSV, quoted where it has to be (RFC 4180).
  static func csvField(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
