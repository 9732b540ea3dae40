import TensorCore
import Testing
import VAEData

/// Whatever is in a file, opening it gives data or an error, and never ends the process.
@Suite struct FuzzTests {
  static let samples: [(name: String, bytes: [UInt8])] = [
    ("images.idx", idx([3, 4, 5], (0..<60).map { UInt8($0) })),
    ("images.idx.gz", gzip(idx([3, 4, 5], (0..<60).map { UInt8($0) }))),
    ("array.npy", try! Bytes.read("\(goldenFolder)/uint8-fortran.npy")),
    ("floats.npy", try! Bytes.read("\(goldenFolder)/float32.npy")),
    ("arrays.npz", try! Bytes.read("\(goldenFolder)/deflated.npz")),
    ("table.csv", Array("label,a,b,c,d\ncat,1,2,3,4\n\"dog\",5,0.5,1e2,-8\n".utf8)),
    ("table.amat", Array("0 1 1 0 \n1 0 0 1 \n".utf8)),
  ]
  static let rounds = 100

  let folder = TemporaryFolder()

  @Test(arguments: samples.indices) func changedFilesNeverTrap(sample: Int) throws {
    let (name, bytes) = Self.samples[sample]
    var key = RandomKey(seed: UInt64(sample))
    var (opened, refused) = (0, 0)
    for _ in 0..<Self.rounds {
      let dice = key.words(16)
      var changed = bytes
      for change in 0..<Int(1 + dice[0] % 3) {
        let (what, place) = (dice[4 * change + 1] % 4, Int(dice[4 * change + 2]) % changed.count)
        let value = UInt8(truncatingIfNeeded: dice[4 * change + 3])
        switch what {
        case 0: changed[place] ^= 1 << (value % 8)
        case 1: changed[place] = [0, 1, 0x7F, 0x80, 0xFF, 0x2C, 0x0A, 0x20][Int(value % 8)]
        case 2: changed.insert(value, at: place)
        default: if changed.count > 1 { changed.removeSubrange(place...) }
        }
        if changed.isEmpty { changed = [value] }
      }
      do {
        let set = try ImageDataset.open(folder.write(name, changed)).train
        _ = try set.images(at: [0, set.count - 1])
        opened += 1
      } catch {
        #expect(error.path.contains(name) && error.description.count > error.path.count + 10)
        refused += 1
      }
    }
    #expect(opened + refused == Self.rounds && refused > 0)
  }
}
