extension Registry {
  /// Everything of this package: one line a family.
  public static let standard = Registry([
    .images,
    .text,
    .signals,
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
    .samplers,
  ])
}
