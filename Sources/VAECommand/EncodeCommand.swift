import ArgumentParser
import VAEZoo

/// `vae encode`.
struct Encode: RunCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the codes of data: the posterior's mean of each example.",
    discussion: """
      A name that ends in .npy gives NumPy's format, [examples, codes]; any other a CSV of index, \
      the place of the example counted from 0, file, where examples are files of a folder, a \
      column a code, and label, where the data has labels.
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
    try writeCodes(codes, of: dataset, to: out)
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

/// Writes codes of a dataset, `[examples, codes]`: as NumPy's format where the name ends in .npy, else as
/// a CSV of what names each example, a column a code, and one for the label where there are labels.
func writeCodes(_ codes: Tensor, of dataset: some Dataset, to path: String) throws {
  guard !path.lowercased().hasSuffix(".npy") else { return try NPY.write(codes, to: path) }
  let (values, width) = (codes.floats, codes.shape[1])
  let (columns, labels) = (ExampleColumns(of: dataset), dataset.labelNames)
  let header = columns.names + (1...width).map { "code_\($0)" } + (labels == nil ? [] : ["label"])
  let lines = (0..<codes.shape[0]).map { row in
    let numbers = values[(row * width)..<((row + 1) * width)].map { "\($0)" }
    let label = labels.map { [Text.csvField($0[row])] } ?? []
    return (columns.fields(of: row, in: dataset) + numbers + label).joined(separator: ",")
  }
  try replaceFile(path, with: [header.joined(separator: ",")] + lines)
}
