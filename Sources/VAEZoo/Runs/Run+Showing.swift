extension Run {
  /// What codes of the prior, or of a sampler that is fitted now, stand for.
  ///
  /// - Parameters:
  ///   - count: How many; as many as make a sheet without it.
  ///   - sampler: Where codes come from.
  ///   - showing: How they are decoded and laid out.
  ///   - subtitle: What is said about them.
  ///   - key: Where draws come from.
  /// - Returns: A picture or texts.
  /// - Throws: What making the sampler and showing observations throw.
  public func samples(
    _ count: Int? = nil, from sampler: ComponentConfiguration = "prior",
    _ showing: D.Showing = D.Showing(), subtitle: String? = nil, using key: inout RandomKey
  ) throws -> Exhibit {
    try domain.validate(showing)
    let assembly = aroundModel(domain.drawing(model, showing))
    assembly.offer(.trainingCodes) { _ in
      let data = try open(configuration)
      return try model.allCodes(of: data.batches(of: data.train))
    }
    let codes = try assembly.make(sampler, .sampler)
      .sample(count ?? D.counts.samples, using: &key)
    let x = domain.decoded(codes, by: model, like: nil, showing, using: &key)
    return try domain.exhibit(
      [("sample", x)], showing, title: "Samples", subtitle: subtitle ?? caption)
  }

  /// Observations, and what the model makes of each through the posterior's mean.
  public func reconstructions(
    of x: Observation, _ showing: D.Showing = D.Showing(), title: String = "Reconstructions",
    subtitle: String? = nil, using key: inout RandomKey
  ) throws -> Exhibit {
    try domain.validate(showing)
    let again = domain.decoded(
      model.codes(of: x), by: model, like: x, showing, using: &key)
    return try domain.exhibit(
      [("original", x), ("reconstruction", again)], showing, title: title,
      subtitle: subtitle ?? caption)
  }

  /// What lies between two codes `[1, latentCount]`, both ends included, in equal steps along the
  /// straight line.
  ///
  /// - Source: Bowman et al., arXiv:1511.06349, section 4.2.
  public func interpolation(
    from first: Tensor, to last: Tensor, steps: Int, _ showing: D.Showing = D.Showing(),
    using key: inout RandomKey
  ) throws -> Exhibit {
    try domain.validate(showing)
    let codes = (0..<steps).map { step in
      let share = steps > 1 ? Double(step) / Double(steps - 1) : 0
      return first * (1 - share) + last * share
    }
    let x = domain.decoded(
      .concatenated(codes, along: 0), by: model, like: nil, showing, using: &key)
    return try domain.exhibit(
      [("between", x)], showing, title: "From one to another", subtitle: caption)
  }

  /// The pictures that codes stand for.
  ///
  /// - Throws: ``PictureError`` where an observation has no picture of its own.
  public func pictures(from codes: Tensor) throws(PictureError) -> [Image] {
    var key = configuration.key(.pictures)
    let x = domain.decoded(codes, by: model, like: nil, D.Showing(), using: &key)
    guard let pictures = try domain.pictures(of: x) else {
      throw PictureError("observations of \(D.name) have no pictures of their own")
    }
    return pictures
  }
}
