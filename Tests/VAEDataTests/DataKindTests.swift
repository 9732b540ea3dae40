import ImageOutput
import TensorCore
import Testing
import VAEData

@Test(arguments: [
  ("digits", DataKind.images), ("sentences", .text), ("waves", .series), ("a/b.txt", .text),
  ("b.JSON", .text), ("x.fasta.gz", .fasta), ("x.a2m", .fasta), ("m.smi", .smiles),
  ("one.wav", .sound),
  ("record.hea", .series), ("table.csv", .images), ("no ending", .images), (".txt", .images),
])
func aNameTellsTheKindOfData(path: String, kind: DataKind) {
  #expect(DataKind(guessedFrom: path) == kind)
}

@Suite struct DataContentTests {
  let folder = TemporaryFolder()

  private func kinds(_ name: String, _ bytes: [UInt8]) -> Set<DataKind> {
    DataKind.possible(at: folder.write(name, bytes))
  }

  private func kinds(_ name: String, _ text: String) -> Set<DataKind> {
    kinds(name, Array(text.utf8))
  }

  @Test func whatIsInAFileTellsItsKind() throws {
    #expect(kinds("a.dat", wav([1, 2, 3])) == [.sound])
    #expect(kinds("b", [0, 0, 8, 3, 0, 0, 0, 1]) == [.images])
    let image = Image(height: 2, width: 2, color: .white)
    try image.writePNG(to: folder.path + "/c.bin")
    #expect(DataKind.possible(at: folder.path + "/c.bin") == [.images])
    try NPY.write(Tensor.zeros([2, 3]), to: folder.path + "/d.npy")
    #expect(DataKind.possible(at: folder.path + "/d.npy") == [.images, .series])
    #expect(kinds("e.txt", "the cat sat on the mat\n") == [.text])
    #expect(kinds("f.fa", ">one\nACGT\n") == [.fasta])
    #expect(kinds("g.smi", "CCO\n") == [.smiles])
    #expect(kinds("h.hea", "100 2 360 4\n") == [.series])
  }

  /// Numbers may be images, series or text.
  @Test func whatMayBeAnythingTellsNothing() {
    #expect(kinds("a.csv", "the,cat\nsat,on\n") == [])
    #expect(kinds("b.txt", "x y z\n0.1 0.2 0.3\n1e-5 2 3\n") == [])
    #expect(kinds("c.bin", [1, 2, 3, 200]) == [])
    #expect(DataKind.possible(at: folder.path + "/none") == [])
  }

  @Test func aFolderIsWhatMostOfItIs() throws {
    folder.write("README.txt", "words on what this is and where it comes from\n")
    for name in ["train/a/1.wav", "train/b/2.wav"] { folder.write(name, wav([1, 2])) }
    #expect(DataKind.possible(at: folder.path) == [.sound])
    #expect(DataKind(guessedFrom: folder.path + "/train") == .sound)
    #expect(DataKind.possible(at: "digits") == [.images])
    #expect(DataKind.possible(at: "sentences") == [.text])
  }
}
