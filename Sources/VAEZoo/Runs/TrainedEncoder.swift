extension Run {
  /// The trained encoder of the run folder or classifier's folder at `path`, for others to compare images by.
  ///
  /// - Throws: ``RunError`` where there is none that looks at tensors, and what reading the folder throws.
  static func trainedEncoder(
    at path: String, _ registry: Registry
  ) throws -> any Encoder<Tensor> {
    let folder = RunFolder(path)
    let configuration = try RunConfiguration(in: folder, registry: registry)
    func open<Other: Domain>(_ domain: Other.Type) throws -> (any Encoder<Tensor>)? {
      let run = try Run<Other>(configuration, in: folder, registry: registry)
      let classifier = ClassifierFolder(path)
      if classifier.holdsClassifier {
        let own = try Classifier(classifier.readConfiguration(), for: run)
        try own.loadWeights(from: classifier)
      } else {
        try run.loadWeights()
      }
      return (run.model as? any EncodingTensors)?.tensorEncoder
    }
    guard let encoder = try open(registry.domain(configuration.data.kind)) else {
      throw RunError(
        .damaged,
        "\(path): its model, \(configuration.model.name), has no encoder of images; give a run of the model vae "
          + "over images, or a classifier on one")
    }
    return encoder
  }
}

/// A model with an encoder that looks at tensors.
private protocol EncodingTensors {
  var tensorEncoder: any Encoder<Tensor> { get }
}

extension VAE: EncodingTensors where E.Observation == Tensor {
  fileprivate var tensorEncoder: any Encoder<Tensor> { encoder }
}
