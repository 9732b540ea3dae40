internal import SystemFiles

/// Formats that people bring and nothing here reads, known by the endings of names.
enum OtherFormats {
  private static let advice: [String: String] = [
    "ts": "of sktime's format; save it as TSV, the class in front of each series",
    "arff": "of Weka's format; save it as CSV",
    "xlsx": "a spreadsheet; save it as CSV",
    "xls": "a spreadsheet; save it as CSV",
    "ods": "a spreadsheet; save it as CSV",
    "parquet": "of the format Parquet; save it as CSV or NPY",
    "feather": "of the format Feather; save it as CSV or NPY",
    "h5": "of the format HDF5; save its arrays as NPY or NPZ",
    "hdf5": "of the format HDF5; save its arrays as NPY or NPZ",
    "h5ad": "of the format HDF5; save its matrix as NPY or NPZ",
    "mat": "of MATLAB's format; save its arrays as NPY or NPZ",
    "pkl": "a pickle of Python's, which may hold anything; save its arrays as NPY or NPZ",
    "pickle": "a pickle of Python's, which may hold anything; save its arrays as NPY or NPZ",
    "pt": "a file of PyTorch's; save its tensors as NPY or NPZ",
    "pth": "a file of PyTorch's; save its tensors as NPY or NPZ",
    "rds": "a file of R's; save it as CSV",
    "tfrecord": "of TensorFlow's format; save its examples as NPY, CSV or images",
    "mp3": "sound in MP3; convert it to WAV",
    "flac": "sound in FLAC; convert it to WAV",
    "ogg": "sound in Ogg; convert it to WAV",
    "m4a": "sound in AAC; convert it to WAV",
  ]

  /// Throws where the ending of a file's name is that of a format that is not read.
  static func refuse(_ path: String) throws(DataError) {
    let parts = splitPath(path).name.lowercased().split(separator: ".")
    guard PathKind(path) == .file, parts.count > 1, let ending = parts.last,
      let advice = advice[String(ending)]
    else { return }
    throw DataError(.bad, path, "is \(advice).")
  }
}
