internal import SystemFiles
public import TensorCore

/// Tensors in NumPy's format.
///
/// - Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
public enum NPY {
  /// Writes a tensor to a file of version 1.0; bfloat16 becomes float32.
  ///
  /// The file is complete or untouched: it is written beside its place, synced and renamed.
  ///
  /// - Throws: ``DataError`` when the file cannot be written.
  public static func write(_ tensor: Tensor, to path: String) throws(DataError) {
    try replaceFile(path) { file throws(FileFailure) in
      let tensor = storable(tensor)
      try file.append(header(of: tensor))
      try tensor.withUnsafeBytes { bytes throws(FileFailure) in try file.append(bytes) }
    }
  }

  /// Reads a file as a tensor of its shape, row-major.
  ///
  /// Half precision becomes float32; booleans and integers become int32.
  ///
  /// - Throws: ``DataError`` when the file cannot be read, is damaged, or holds what no tensor holds.
  public static func read(_ path: String) throws(DataError) -> Tensor {
    try tensor(NPYArray(file: path))
  }

  static func storable(_ tensor: Tensor) -> Tensor {
    tensor.dtype == .bfloat16 ? tensor.converted(to: .float32) : tensor
  }

  /// The bytes before the elements, a multiple of 64 of them.
  static func header(of tensor: Tensor) -> [UInt8] {
    let description =
      switch tensor.dtype {
      case .float32, .bfloat16: "<f4"
      case .float64: "<f8"
      case .int32: "<i4"
      }
    let sizes = tensor.shape.dimensions.map(String.init).joined(separator: ", ")
    let shape = tensor.shape.rank == 1 ? "(\(sizes),)" : "(\(sizes))"
    var text = "{'descr': '\(description)', 'fortran_order': False, 'shape': \(shape), }"
    let prefix = NPYArray.magic.count + 4
    text += String(repeating: " ", count: 63 - (prefix + text.utf8.count) % 64) + "\n"
    let length = text.utf8.count
    return NPYArray.magic + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
  }

  static func tensor(_ array: NPYArray) throws(DataError) -> Tensor {
    let dtype: DType =
      switch array.element {
      case .float16, .float32: .float32
      case .float64: .float64
      default: .int32
      }
    let shape = Shape(array.dimensions)
    let steps =
      array.isFortranOrder
      ? Array(Shape(array.dimensions.reversed()).strides.reversed()) : shape.strides
    let load = array.load
    var failure: DataError?
    let tensor = Tensor(shape: shape, dtype: dtype) { memory in
      guard let base = array.region.bytes.baseAddress else { return }
      for place in 0..<shape.count {
        var source = 0
        var rest = place
        for (step, size) in zip(steps, shape.strides) {
          source += rest / size * step
          rest %= size
        }
        let value = load(base + array.offset + source * array.element.byteCount)
        switch dtype {
        case .float64: memory.storeBytes(of: value, toByteOffset: 8 * place, as: Double.self)
        case .int32:
          if Int32(exactly: value) == nil { failure = tooLarge(value, at: place, array) }
          memory.storeBytes(
            of: Int32(exactly: value) ?? 0, toByteOffset: 4 * place, as: Int32.self)
        default: memory.storeBytes(of: Float(value), toByteOffset: 4 * place, as: Float.self)
        }
      }
    }
    if let failure { throw failure }
    return tensor
  }

  private static func tooLarge(_ value: Double, at place: Int, _ array: NPYArray) -> DataError {
    DataError(
      .bad, array.path,
      "holds \(value) at place \(place), which does not fit 32 bits; save it as int32 or float64.")
  }
}

/// Named tensors in NumPy's archive format, a ZIP file of NPY files.
public enum NPZ {
  /// Writes named tensors without compression, in the given order.
  ///
  /// The names must differ and not be empty. The file is complete or untouched, as with
  /// ``NPY/write(_:to:)``.
  ///
  /// - Throws: ``DataError`` when the file cannot be written, or an array is larger than 4 GB.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], to path: String
  ) throws(DataError) {
    precondition(
      Set(tensors.map(\.name)).count == tensors.count && !tensors.contains { $0.name.isEmpty },
      "each array of an archive has a name of its own")
    try replaceFile(path) { file throws(FileFailure) in
      var writer = ZipWriter()
      for (name, tensor) in tensors {
        let tensor = NPY.storable(tensor)
        let header = NPY.header(of: tensor)
        try tensor.withUnsafeBytes { bytes throws(FileFailure) in
          try writer.append("\(name).npy", header, bytes, to: file)
        }
      }
      try writer.finish(file)
    }
  }

  /// Reads all arrays of an archive by their names.
  ///
  /// - Throws: ``DataError`` when the file cannot be read, is damaged, or holds what no tensor holds.
  public static func read(_ path: String) throws(DataError) -> [String: Tensor] {
    let archive = try ZipArchive(path)
    var tensors: [String: Tensor] = [:]
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let array = try archive.array(entry.name, memoryLimit: physicalMemory / 2)
      tensors[String(entry.name.dropLast(4))] = try NPY.tensor(array)
    }
    return tensors
  }
}
