public import TensorCore

extension Variable {
  /// -log σ(ℓ) of logits ℓ: what a judge's doubt of what is real costs.
  public var costOfReal: Variable { (-self).softplus() }
  /// -log(1 - σ(ℓ)) of logits ℓ: what a judge's belief in what is made costs.
  public var costOfMade: Variable { softplus() }
}
