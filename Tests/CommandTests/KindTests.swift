import Testing
import VAEZoo

/// Data of each kind in a folder.
private func writeData(to scratch: Scratch) throws {
  for name in ["a/1", "b/2"] {
    try scratch.write(BadFile.png(height: 4, width: 4), to: "images/\(name).png")
    try scratch.write(
      Array("RIFF".utf8) + [38, 0, 0, 0] + Array("WAVEfmt ".utf8)
        + [16, 0, 0, 0, 1, 0, 1, 0, 64, 31, 0, 0, 128, 62, 0, 0, 2, 0, 16, 0]
        + Array("data".utf8) + [2, 0, 0, 0, 1, 0], to: "sounds/\(name).wav")
  }
  try scratch.write(BadFile.npy((0..<16).map { Float($0) / 16 }), to: "array.npy")
  try scratch.write(BadFile.idx(6), to: "images-idx3-ubyte")
  try scratch.write(Array("the cat sat on the mat\na dog ran\n".utf8), to: "text.txt")
  try scratch.write(Array(#"["the cat sat on the mat", "a dog ran"]"#.utf8), to: "text.json")
  try scratch.write(Array(">one\nACGTACGT\n>two\nACGA\n".utf8), to: "dna.fasta")
  try scratch.write(Array("CCO\nCCN\n".utf8), to: "molecules.smi")
}

/// A preset for one kind of data and data of another: who meets it is told both, and what fits.
@Test func presetsForOtherDataSayWhatFits() throws {
  let scratch = try Scratch()
  try writeData(to: scratch)
  let images = "this looks like images; try --preset dense-16"
  let cases: [(preset: String, data: String, says: String)] = [
    ("sentence-gru", "images", "the preset 'sentence-gru' is for text, and \(images)"),
    ("sentence-gru", "images-idx3-ubyte", images),
    ("sentence-gru", "array.npy", "looks like images or series; try --preset dense-16"),
    ("sentence-gru", "sounds", "looks like sound; try --preset audio-frames"),
    ("sentence-gru", "digits", images),
    ("smiles-gru", "images/a/1.png", images),
    ("pytorch-mnist", "text.txt", "is for images, and this looks like text; try --preset sentence"),
    ("conv-28", "text.json", "this looks like text; try --preset sentence-gru"),
    ("conv-28", "dna.fasta", "this looks like sequences in FASTA; try --preset dna-gru"),
    ("conv-28", "molecules.smi", "this looks like molecules as SMILES; try --preset smiles-gru"),
    ("pytorch-mnist", "sounds", "this looks like sound; try --preset audio-frames"),
    ("conditional-mlp", "waves", "is for labelled-images, and this looks like series"),
    ("series-gru", "images", "the preset 'series-gru' is for signals, and \(images)"),
    ("series-gru", "text.txt", "this looks like text; try --preset sentence-gru"),
    ("audio-frames", "images-idx3-ubyte", images),
    ("audio-frames", "sentences", "this looks like text; try --preset sentence-gru"),
  ]
  for (preset, data, says) in cases {
    let path = Datasets.builtIn.contains(data) ? data : scratch.file(data)
    let refused = try Command.run(
      "train", "--preset", preset, "--data", path, "--out", scratch.file("run"))
    #expect(refused.status != 0, "\(preset) on \(data)")
    expectRefusal(refused, refused.status, says)
    #expect(refused.errors.hasPrefix("error: \(path)") && !scratch.holds("run"))
  }
}

extension Datasets {
  fileprivate static var builtIn: [String] {
    (builtInImages + builtInText + builtInSignals).map(\.name)
  }
}
