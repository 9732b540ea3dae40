// One import for everything: `import VAEZoo`.
@_exported public import ClassifierHead
@_exported public import ComponentRegistry
@_exported public import ImageOutput
@_exported public import Layers
@_exported public import TensorCore
@_exported public import VAECore
@_exported public import VAEData
@_exported public import VAEEvaluation
@_exported public import VAETraining
