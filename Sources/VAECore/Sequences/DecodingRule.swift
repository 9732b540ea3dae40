/// How sequences are written, step by step, from what a model makes of each next step.
public enum DecodingRule: Sendable, Hashable {
  /// The most probable token each time; of frames, the expected one.
  case greedy
  /// A token drawn each time; of frames, one drawn from the likelihood, whatever the options.
  ///
  /// First the log probabilities are divided by `temperature`, above 0: below 1 it sharpens them,
  /// above it flattens them. Then all but the `topK` most probable tokens are left out, and of those
  /// all but the most probable ones that together make up the share `nucleus`, in 0...1.
  ///
  /// - Source: Fan, Lewis and Dauphin, arXiv:1805.04833, for top-k; Holtzman et al.,
  ///   arXiv:1904.09751, section 3.1, for the nucleus.
  case sampling(temperature: Double = 1, topK: Int? = nil, nucleus: Double? = nil)
  /// The best sequence of tokens that a search finds which follows the `width` most probable
  /// beginnings at a time; of frames, the expected ones.
  ///
  /// The best has the highest log p divided by its length to the power `lengthPenalty`, not below 0:
  /// with 0 the most probable sequence wins, with 1 the one most probable a token. A sequence that
  /// ends leaves its place in the beam empty, so that a width of 1 is greedy.
  ///
  /// - Source: Sutskever, Vinyals and Le, arXiv:1409.3215, section 3.2; Wu et al.,
  ///   arXiv:1609.08144, section 7, for dividing by a power of the length.
  case beam(width: Int, lengthPenalty: Double = 1)

  /// Beginnings of each sequence that are followed at a time.
  var rowsPerSequence: Int {
    if case .beam(let width, _) = self { max(width, 1) } else { 1 }
  }
}
