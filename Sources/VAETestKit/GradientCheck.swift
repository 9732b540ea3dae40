public import Layers
public import TensorCore

/// Compares gradients with differences of the loss, in float64.
///
/// Each parameter is moved along a random direction; the change of the loss by central differences
/// has to be the gradient's component along it. A random direction sees every element, so one a
/// parameter is enough.
public struct GradientCheck: Sendable {
  /// Step lengths; a mismatch counts when it shows at every one.
  ///
  /// A ReLU may change sides within one step, but hardly within all of them.
  public var steps: [Double]
  /// Largest difference allowed, relative to the slope.
  public var tolerance: Double

  /// A check with its step lengths and its tolerance.
  public init(steps: [Double] = [1e-4, 1e-5, 1e-6], tolerance: Double = 1e-5) {
    self.steps = steps
    self.tolerance = tolerance
  }

  /// A parameter whose gradient is not the slope of the loss.
  public struct Mismatch: Error, Sendable, Equatable, CustomStringConvertible {
    /// The parameter's name.
    public let name: String
    /// The slope that the gradient promises.
    public let gradient: Double
    /// The slope that differences show.
    public let difference: Double

    /// Both slopes, in one sentence.
    public var description: String {
      "along a random direction of '\(name)' the loss changes by \(difference) a step, "
        + "but its gradient says \(gradient)"
    }
  }

  /// Throws for the first of the float64 `parameters` whose gradient is wrong.
  ///
  /// `loss` gives the same scalar for the same parameters, so it starts from the same random key
  /// each time. A parameter that is not connected has slope 0.
  public func callAsFunction(
    _ parameters: [(name: String, parameter: Parameter)], using key: inout RandomKey,
    loss: () -> Variable
  ) throws(Mismatch) {
    let start = loss()
    let gradients = start.gradient(withRespectTo: parameters.map(\.parameter))
    let scale = 1 + abs(start.value.item)
    for ((name, parameter), gradient) in zip(parameters, gradients) {
      precondition(parameter.value.dtype == .float64, "gradients are checked in float64")
      let value = parameter.value
      let direction = key.normal(parameter.shape, dtype: .float64)
      let promised = gradient.map { ($0 * direction).sum().item } ?? 0
      var seen = 0.0
      let agrees = steps.contains { step in
        func moved(by distance: Double) -> Double {
          parameter.value = value + direction * distance
          return loss().value.item
        }
        seen = (moved(by: step) - moved(by: -step)) / (2 * step)
        // Rounding of the loss is all that may be seen of a slope of zero.
        let rounding = 1e-14 * scale / step
        return abs(seen - promised)
          <= tolerance * max(abs(seen), abs(promised)) + rounding + 1e-9 * scale
      }
      parameter.value = value
      guard agrees else { throw Mismatch(name: name, gradient: promised, difference: seen) }
    }
  }
}
