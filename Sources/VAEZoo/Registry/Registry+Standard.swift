// The families of this package: one is added by its import and its name here.
@_exported public import AdversarialModels
@_exported public import AggregateDivergences
@_exported public import BernoulliFamily
@_exported public import CategoricalFamily
@_exported public import ConvComponents
@_exported public import DeterministicComponents
@_exported public import DisentanglingPenalties
@_exported public import ELBOObjective
@_exported public import GaussianFamily
@_exported public import ImageLosses
@_exported public import ImportanceWeightedObjective
@_exported public import MLPComponents
@_exported public import RecurrentComponents
@_exported public import TransformerComponents

extension Registry {
  /// Everything of this package.
  public static let standard = Registry([
    .images,
    .text,
    .signals,
    .labelled,
    .vae,
    .mlp,
    .conv,
    .recurrent,
    .transformer,
    .gaussian,
    .bernoulli,
    .categorical,
    .elbo,
    .denoising,
    .importanceWeighted,
    .deterministic,
    .disentangling,
    .aggregate,
    .adversarial,
    .imageLosses,
    .samplers,
  ])
}
