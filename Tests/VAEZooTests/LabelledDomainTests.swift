import Foundation
import TensorCore
import Testing
import VAEData
import VAETraining

@testable import VAEZoo

// Data whose labels a model is told.

private final class Folder {
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("vae-labels-\(UUID().uuidString)").path

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A table of texts and labels.
  func table(_ name: String, _ rows: [(text: String, label: String)]) throws -> String {
    let lines = ["text,label"] + rows.map { "\($0.text),\($0.label)" }
    try lines.joined(separator: "\n").write(
      toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
    return "\(path)/\(name)"
  }
}

private typealias Texts = LabelledDomain<TextDomain>

private let animals = [
  ("the cat sat", "cat"), ("a dog ran", "dog"), ("cats sit", "cat"), ("dogs run", "dog"),
]

private var reading: TextOptions {
  TextOptions {
    $0.column = "text"
    $0.labelColumn = "label"
  }
}

@Suite struct LabelledDomainTests {
  @Test func labelsStandBesideTheExamples() throws {
    let folder = try Folder()
    let (domain, splits) = try Texts.open(
      folder.table("a.csv", animals), reading, as: nil)
    #expect(domain.summary.contains("of 2 classes"))
    let batches = domain.batches(of: splits.train, reading, size: 4, isShuffled: false, seed: 0)
    let batch = try #require(try batches.batches(epoch: 0, startingAt: 0).next())
    let names = try #require(splits.train.labelNames)
    #expect(batch.observations.labels.integers == batch.labels?.integers)
    #expect(names.sorted() == ["cat", "cat", "dog", "dog"])
  }

  /// Other data may name its classes in another order, or leave some out.
  @Test func classesAreKnownByTheirNames() throws {
    let folder = try Folder()
    let (domain, first) = try Texts.open(folder.table("a.csv", animals), reading, as: nil)
    let (_, other) = try Texts.open(
      folder.table("b.csv", [("dogs sit", "dog"), ("a cat", "cat"), ("the dog", "dog")]), reading,
      as: domain)
    let known = Dictionary(
      zip(first.train.labelNames ?? [], first.train.labels ?? []), uniquingKeysWith: { $1 })
    #expect(other.train.labels == other.train.labelNames?.map { known[$0] ?? -2 })
    #expect(other.train.labelNames == ["dog", "cat", "dog"])
    let error = #expect(throws: ObservationError.self) {
      try Texts.open(
        folder.table("c.csv", [("a cow", "cow"), ("a cat", "cat")]), reading, as: domain)
    }
    #expect(error?.description.contains("the class 'cow', which the model does not know") == true)
  }

  @Test func withoutLabelsThereIsNothingToTell() throws {
    let folder = try Folder()
    let (domain, _) = try Texts.open(folder.table("a.csv", animals), reading, as: nil)
    let plain = folder.path + "/plain.txt"
    try "the cat sat\na dog ran".write(toFile: plain, atomically: true, encoding: .utf8)
    let error = #expect(throws: ObservationError.self) {
      try Texts.open(plain, TextOptions(), as: nil)
    }
    #expect(error?.description.contains("it has no labels") == true)
    // A trained model takes such data as of no known class.
    let (_, splits) = try Texts.open(plain, TextOptions(), as: domain)
    let batches = domain.batches(
      of: splits.train, TextOptions(), size: 2, isShuffled: false, seed: 0)
    let batch = try batches.batches(epoch: 0, startingAt: 0).next()
    #expect(batch?.observations.labels.integers == [-1, -1])
  }

  @Test func optionsOfShowingStandBesideTheLabel() throws {
    let tree: ConfigurationValue = ["temperature": 0.7, "label": "dog"]
    let showing: LabelledShowing<SequenceShowing> = try tree.options()
    #expect(showing.base.temperature == 0.7 && showing.label == "dog")
    let wrong: ConfigurationValue = ["temperature": -1]
    #expect(throws: ConfigurationError.self) {
      try wrong.options() as LabelledShowing<SequenceShowing>
    }
  }

  /// A conditional model of sequences trains, and writes of the class that is asked for.
  @Test func textIsWrittenOfAClass() throws {
    let folder = try Folder()
    let path = try folder.table("a.csv", animals + animals)
    let configuration = try RunConfiguration(
      yaml: """
        data: {kind: labelled-text, path: \(path), column: text, label_column: label}
        model: conditional-vae
        latent: 2
        encoder: {hidden: 5, embedding: 4}
        decoder: {hidden: 5, embedding: 4}
        prior: conditional-gaussian
        trainer: {epochs: 1, batch_size: 4, validation_fraction: 0}
        """)
    let (run, data) = try Run<Texts>.begin(
      configuration, in: RunFolder(folder.path + "/run"), isResumed: false)
    let objective = try run.objective()
    func fit(_ objective: some Objective<Batch<Labelled<Sequences>>>) throws {
      try Trainer(configuration.trainer).fit(objective, training: data.trainingBatches)
    }
    try fit(objective)
    var key = RandomKey(seed: 1)
    let showing = LabelledShowing<SequenceShowing> { $0.label = "dog" }
    guard case .texts(let rows) = try run.samples(3, showing, using: &key) else {
      Issue.record("texts are no picture")
      return
    }
    #expect(rows.count == 3)
    let error = #expect(throws: ConfigurationError.self) {
      try run.samples(3, LabelledShowing { $0.label = "cow" }, using: &key)
    }
    #expect(error?.description.contains("known: cat, dog") == true)
  }
}
