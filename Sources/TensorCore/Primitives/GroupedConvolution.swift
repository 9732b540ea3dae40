extension Variable {
  /// The convolution of images `[batch, height, width, in]` in `groups` of neighbouring channels that do not mix, with
  /// `weight` `[out, in / groups, kh, kw]`, then an activation.
  ///
  /// One convolution a group. A masked convolution is one with a weight times a mask:
  /// `x.convolved(weight * Variable(mask), ...)`.
  public func convolved(
    _ weight: Variable, bias: Variable?, window: Window, activation: Activation = .identity,
    groups: Int
  ) -> Variable {
    inGroups(groups, weight, outputs: weight.shape[0]) { x, weight in
      x.convolved(weight, bias: nil, window: window)
    }
    .finished(bias, activation)
  }

  /// The transposed convolution in `groups` of neighbouring channels that do not mix, with `weight`
  /// `[in, out / groups, kh, kw]`, then an activation.
  public func transposeConvolved(
    _ weight: Variable, bias: Variable?, window: Window,
    outputPadding: (height: Int, width: Int) = (0, 0), activation: Activation = .identity,
    groups: Int
  ) -> Variable {
    inGroups(groups, weight, outputs: weight.shape[0]) { x, weight in
      x.transposeConvolved(weight, bias: nil, window: window, outputPadding: outputPadding)
    }
    .finished(bias, activation)
  }

  private func inGroups(
    _ groups: Int, _ weight: Variable, outputs: Int, _ body: (Variable, Variable) -> Variable
  ) -> Variable {
    precondition(
      groups > 0 && shape[-1] % groups == 0 && outputs % groups == 0,
      "\(shape[-1]) channels and a weight \(weight.shape) do not form \(groups) groups")
    let (width, count) = (shape[-1] / groups, outputs / groups)
    let results = zip(
      split(along: -1, sizes: Array(repeating: width, count: groups)),
      weight.split(along: 0, sizes: Array(repeating: count, count: groups))
    ).map(body)
    return groups == 1 ? results[0] : .concatenated(results, along: -1)
  }

  private func finished(_ bias: Variable?, _ activation: Activation) -> Variable {
    bias?.requireOnePerOutput(shape[-1], like: self)
    return (bias.map { self + $0 } ?? self).activated(by: activation)
  }
}
