import Layers
import TensorCore
import Testing
import VAECore

/// What a loss collects from the parts of its pass.
@Suite struct LossTests {
  @Test func chargesJoinTheTotalAndReportsTheTerms() {
    let weight = Parameter(Tensor(repeating: 3, shape: [2]))
    var context = Context.training(RandomKey(seed: 1))
    let x = context[weight]
    var loss = Loss(total: x.sum(), terms: ["reconstruction": x.value])
    context.charges = [("commitment", x * 0.5), ("commitment", x * 0.25)]
    context.reports = [("perplexity", x.value), ("reconstruction", x.value * 2)]
    loss.collect(from: &context)
    #expect(loss.total.value.item == 6 + 1.5 + 0.75)
    #expect(
      loss.terms.map(\.key)
        == ["reconstruction", "commitment", "commitment_2", "perplexity", "reconstruction_2"])
    #expect(loss.terms.map { $0.value.doubles[0] } == [3, 1.5, 0.75, 3, 6])
    // 1 from the sum, and half of 0.75 from the charges' averages.
    #expect(loss.total.gradient(withRespectTo: [weight])[0]?.doubles == [1.375, 1.375])
    #expect(context.charges.isEmpty && context.reports.isEmpty)
    loss.collect(from: &context)
    #expect(loss.terms.count == 5)
  }
}
