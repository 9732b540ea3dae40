import Layers
import TensorCore

/// What is timed, of the shapes that PyTorch runs in `torch_steps.py`.
enum Workload: String, CaseIterable {
  case mlp128 = "mlp-128"
  case mlp512 = "mlp-512"
  case conv28 = "conv28-128"
  case conv64 = "conv64-64"
  case text = "text-gru-32"
  case importance = "iwae-20x50"
  case sampling = "sample-10000"

  /// The name in the table.
  var name: String { rawValue }

  /// The step with fresh weights, on images with values in [0, 1] or on tokens.
  func step(in precision: Precision = .float32) -> any Step {
    var key = RandomKey(seed: 1)
    return switch self {
    case .mlp128: Training(MLPAutoencoder(using: &key), on: key.uniform([128, 784]), in: precision)
    case .mlp512: Training(MLPAutoencoder(using: &key), on: key.uniform([512, 784]), in: precision)
    case .conv28:
      Training(ConvAutoencoder28(using: &key), on: key.uniform([128, 28, 28, 1]), in: precision)
    case .conv64:
      Training(ConvAutoencoder64(using: &key), on: key.uniform([64, 64, 64, 3]), in: precision)
    case .text:
      Training(
        TextAutoencoder(using: &key),
        on: (key.uniform([32, 31]) * 10_000).converted(to: .int32), in: precision)
    case .importance:
      Training(ImportanceAutoencoder(using: &key), on: key.uniform([20, 784]), in: precision)
    case .sampling: Sampling(MLPAutoencoder(using: &key), in: precision)
    }
  }
}

/// Work that is done over and over; one call is one step.
protocol Step {
  /// The observations or images of one step.
  var exampleCount: Int { get }
  /// The matrix products and convolutions of one step: what bounds it from below.
  var products: [LayerProduct] { get }
  /// Does one step.
  mutating func callAsFunction()
}
