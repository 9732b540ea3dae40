import BernoulliFamily
import GaussianFamily
import Layers
import TensorCore
import Testing
import VAECore
import VAETestKit

// A deep hierarchy is a loop: each block is a site, whose prior knows the blocks above.

struct Block: Module {
  let prior, posterior, merge: Dense
  let codes: Int

  init(_ width: Int, codes: Int, using key: inout RandomKey) {
    self.codes = codes
    prior = Dense(width, 2 * codes, using: &key)
    posterior = Dense(2 * width, 2 * codes, using: &key)
    merge = Dense(codes, width, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["prior": prior, "posterior": posterior, "merge": merge]
  }

  func gaussian(_ x: Variable) -> DiagonalGaussian {
    let halves = x.split(along: 1, sizes: [codes, codes])
    return DiagonalGaussian(mean: halves[0], logVariance: halves[1])
  }
}

/// - Source: Sønderby et al., "Ladder Variational Autoencoders", arXiv:1602.02282; Child, "Very Deep VAEs", arXiv:2011.10650, figure 3.
struct TopDownVAE: LatentModel {
  typealias Observation = Tensor
  let encoder: Net
  let top: Parameter
  let blocks: [Block]
  let decoder: Net
  private let width = 24

  init(levels: Int, using key: inout RandomKey) {
    encoder = Net(64, 32, width, using: &key)
    top = Parameter(.zeros([1, width]))
    blocks = (0..<levels).map { [width] _ in Block(width, codes: 3, using: &key) }
    decoder = Net(width, 32, 64, using: &key)
  }

  var parts: KeyValuePairs<String, any ModulePart> {
    ["encoder": encoder, "top": top, "blocks": blocks, "decoder": decoder]
  }

  func callAsFunction(
    _ x: Tensor?, _ condition: Blank, _ context: inout Context
  ) -> Bernoulli {
    let seen = x.map { encoder($0.value, &context).repeatingRows(context.sampleCount) }
    var h = context[top].broadcast(to: [condition.rowCount, width])
    for (i, block) in blocks.enumerated() {
      let p = block.gaussian(block.prior(h.tanh(), &context))
      let q = seen.map {
        block.gaussian(block.posterior(.concatenated([h.tanh(), $0], along: 1), &context))
      }
      h = h + block.merge(context.draw("block\(i)", prior: p, posterior: q), &context)
    }
    let logits = decoder(h, &context)
    return Bernoulli(logits: logits.reshaped(to: [condition.rowCount] + Boxes.shape))
  }
}

@Suite struct HierarchyTests {
  @Test func trains() throws {
    let outcome = try train(on: Boxes()) {
      var key = RandomKey(seed: 1)
      return Bound(model: TopDownVAE(levels: 4, using: &key))
    }
    expectRise(outcome)
  }

  /// Objectives see a divergence for each group.
  @Test func groupsAddUp() throws {
    var key = RandomKey(seed: 1)
    let model = TopDownVAE(levels: 3, using: &key)
    var context = Context.inference(key)
    let sites = model.inferCodes(try Boxes.some().observations, &context)
    #expect(sites.map(\.name) == ["block0", "block1", "block2"])
    let whole = try #require(sites.divergence).value.doubles
    let parts = sites.compactMap { $0.divergence?.value.doubles }
    for row in whole.indices {
      #expect(abs(whole[row] - parts.reduce(0) { $0 + $1[row] }) < 1e-4)
    }
    #expect(model.latentCount == 9)
  }

  @Test(arguments: ModelLaw.allCases) func obeys(law: ModelLaw) throws {
    try law.check(observations: { $1.uniform([$0] + Boxes.shape) }) {
      TopDownVAE(levels: 3, using: &$0)
    }
  }
}
