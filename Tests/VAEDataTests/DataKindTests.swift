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
