// One import for everything: `import VAEZoo`.
@_exported public import BernoulliLikelihood
@_exported public import CategoricalLikelihood
@_exported public import ConvComponents
@_exported public import DiagonalGaussianPosterior
@_exported public import ELBOObjective
@_exported public import GaussianLikelihood
@_exported public import ImageOutput
@_exported public import Layers
@_exported public import MLPComponents
@_exported public import RecurrentComponents
@_exported public import StandardNormalPrior
@_exported public import TensorCore
@_exported public import TransformerComponents
@_exported public import VAECore
@_exported public import VAEData
@_exported public import VAEEvaluation
@_exported public import VAETraining
