internal import CTensorKernels

extension Tensor {
  /// The smallest and the largest element; nil where an element is NaN or infinite, or there is none.
  public var range: ClosedRange<Double>? {
    guard count > 0 else { return nil }
    Watch.current?.recording?.hostTouches(self)
    let x = dtype.isFloatingPoint ? self : converted(to: .float64)
    var (least, most) = (0.0, 0.0)
    vae_range(x.dtype.kernel, x.count, x.bytes, &least, &most)
    // NaN compares as false, so it ends up here as well as infinity.
    return least - least == 0 && most - most == 0 ? least...most : nil
  }
}
