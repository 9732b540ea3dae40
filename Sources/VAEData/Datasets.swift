/// What ``ImageDataset``, ``TextDataset`` and ``SignalDataset`` open.
public enum Datasets {
  /// A line of a listing.
  public struct Entry: Sendable, Hashable {
    /// A built-in set's name, or what a format is called.
    public let name: String
    /// What it is, in one line.
    public let summary: String

    /// A line of a listing.
    public init(name: String, summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  /// The built-in sets of images, which are drawn and need no file.
  public static var builtInImages: [Entry] {
    BuiltIn.allCases.map { Entry(name: $0.rawValue, summary: $0.summary) }
  }

  /// The built-in sets of text.
  public static let builtInText = [Entry(name: Sentences.name, summary: Sentences.summary)]

  /// The built-in sets of series.
  public static let builtInSignals = [Entry(name: Waves.name, summary: Waves.summary)]

  /// The formats that text, molecules and biological sequences may have, gzipped or not.
  public static let textFormats = [
    Entry(
      name: "text",
      summary: "a line an example, or windows of one long text; a folder of train.txt, valid.txt "
        + "and test.txt"),
    Entry(name: "SMI", summary: "a molecule a line as SMILES, its name behind a blank"),
    Entry(
      name: "CSV, TSV",
      summary: "a column of texts and one of labels, by name or number, quoted as in RFC 4180"),
    Entry(
      name: "JSON",
      summary: "an array of strings, of [text, label] or of objects, or an object with such arrays "
        + "called train, val and test; JSONL with one a line"),
    Entry(name: "FASTA", summary: "DNA, RNA or protein, in one line or several behind a header"),
  ]

  /// The formats that files and folders of images may have.
  public static let imageFormats = [
    Entry(
      name: "IDX",
      summary: "MNIST's format, plain or gzipped: a folder with train-images-idx3-ubyte.gz and "
        + "the like, or one file of images"),
    Entry(
      name: "PNG, JPEG",
      summary:
        "a folder of PNG and JPEG images; subfolders are classes, or train, validation and test"),
    Entry(
      name: "NPY",
      summary: "a NumPy array [count, height, width(, channels)] or [count, length], or a folder "
        + "of x_train.npy and the like"),
    Entry(
      name: "NPZ",
      summary: "a NumPy archive with x_train, y_train, x_test and y_test, or images and labels"),
    Entry(
      name: "CSV",
      summary: "a row of numbers an example, with or without a header and a column called label"),
    Entry(
      name: "AMAT",
      summary: "binarized MNIST as text: a folder with binarized_mnist_train.amat and the like, "
        + "or one file"),
  ]

  /// The formats that files and folders of series and sound may have.
  public static let signalFormats = [
    Entry(
      name: "NPY, NPZ",
      summary: "series [count, time(, features)], with labels as images have them"),
    Entry(
      name: "CSV", summary: "a row of numbers an example, or the steps of a long series in windows"),
    Entry(
      name: "WAV",
      summary: "a recording, or a folder of them; subfolders, or what stands before the first "
        + "underscore of a name, are classes"),
    Entry(
      name: "WFDB",
      summary: "a record of PhysioNet's database: a header 100.hea, with its signals and beats "
        + "beside it, or a folder of records"),
  ]
}
