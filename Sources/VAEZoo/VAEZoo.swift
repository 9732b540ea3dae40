// One import for everything: `import VAEZoo`.
@_exported public import BernoulliFamily
@_exported public import CategoricalFamily
@_exported public import ClassifierHead
@_exported public import ComponentRegistry
@_exported public import ConvComponents
@_exported public import ELBOObjective
@_exported public import GaussianFamily
@_exported public import ImageOutput
@_exported public import Layers
@_exported public import MLPComponents
@_exported public import RecurrentComponents
@_exported public import TensorCore
@_exported public import TransformerComponents
@_exported public import VAECore
@_exported public import VAEData
@_exported public import VAEEvaluation
@_exported public import VAETraining
