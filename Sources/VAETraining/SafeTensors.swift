public import TensorCore

/// Named tensors with text beside them, as a safetensors file holds them.
///
/// Files are those of the `safetensors` package for Python. What is written here carries a checksum in its
/// metadata, so that damage anywhere is found when it is read; files from elsewhere need none.
///
/// - Source: the format, https://github.com/huggingface/safetensors.
public struct SafeTensors: Sendable, Equatable {
  /// Names in the order in which they were added.
  public private(set) var names: [String] = []
  /// Text by name, such as a step or an epoch.
  public var metadata: [String: String] = [:]
  private var tensors: [String: Tensor] = [:]

  /// A file without tensors.
  public init() {}

  /// The tensor of a name; nil where there is none, and setting nil takes it out.
  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      if newValue == nil {
        names.removeAll { $0 == name }
      } else if tensors[name] == nil {
        names.append(name)
      }
      tensors[name] = newValue
    }
  }

  /// Reads a file and checks it: structure, sizes, and the checksum where the file has one.
  public init(contentsOf path: String) throws(CheckpointError) {
    let bytes = try readFile(path, ifMissing: "check the path")
    try self.init(bytes, path: path)
  }

  /// Writes a file in one piece: whatever happens, `path` holds the old file or the new one, whole.
  public func write(to path: String) throws(CheckpointError) {
    try replaceFile(path, with: encoded())
  }
}
