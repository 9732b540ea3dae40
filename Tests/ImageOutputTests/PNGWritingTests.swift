import Foundation
import Testing

@testable import ImageOutput

@Suite struct PNGWriting {
  @Test func theSamePixelsGiveTheSameBytes() throws {
    let image = pattern(height: 40, width: 30, channels: 3)
    #expect(try image.pngBytes() == image.pngBytes())
    try withFolder { folder throws in
      try image.writePNG(to: folder + "/a.png")
      #expect(try bytes(of: folder + "/a.png") == image.pngBytes())
    }
  }

  @Test func aFileIsReplacedAndNothingElseLeft() throws {
    try withFolder { folder throws in
      let path = folder + "/a.png"
      try pattern(height: 9, width: 9, channels: 3).writePNG(to: path)
      let image = pattern(height: 2, width: 2, channels: 1)
      try image.writePNG(to: path)
      #expect(try PNGFile(path: path).image == image)
      #expect(try names(in: folder) == ["a.png"])
    }
  }

  @Test func aLongNameIsWritten() throws {
    try withFolder { folder throws in
      let path = folder + "/" + String(repeating: "n", count: 251) + ".png"
      try pattern(height: 2, width: 2, channels: 1).writePNG(to: path)
      #expect(try names(in: folder).count == 1)
    }
  }

  @Test(arguments: [(0, 0), (0, 3), (3, 0)])
  func anImageOfNoPixelsIsNotWritten(height: Int, width: Int) throws {
    try withFolder { folder throws in
      let image = Image(height: height, width: width, channels: 1, pixels: [])
      let error = #expect(throws: PNGError.self) { try image.writePNG(to: folder + "/a.png") }
      #expect(error?.reason == .nothingToWrite(width: width, height: height))
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func pathsThatCannotBeWrittenAreNamedAndKept() throws {
    try withFolder { folder throws in
      let image = pattern(height: 2, width: 2, channels: 1)
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      let lost = folder + "/lost/a.png"
      let cases = [
        (folder, "\(folder) is a folder, not a PNG file; name a file in it."),
        (pipe, "\(pipe) is not an ordinary file; name a PNG file."),
        (lost, "\(lost) cannot be written: no such file or directory; make its folder first."),
      ]
      for (path, sentence) in cases {
        let error = #expect(throws: PNGError.self) { try image.writePNG(to: path) }
        #expect(error?.description == sentence)
      }
      #expect(try names(in: folder) == ["pipe"])
    }
  }

  /// In a child process, which gives up its rights: an administrator may write everywhere.
  @Test func aFolderThatMayNotBeWrittenKeepsItsFiles() async {
    await #expect(processExitsWith: .success) {
      try withFolder { folder throws in
        let path = folder + "/a.png"
        let old = pattern(height: 2, width: 2, channels: 1)
        try old.writePNG(to: path)
        #expect(chmod(folder, 0o555) == 0)
        if geteuid() == 0 { #expect(seteuid(65_534) == 0) }
        let error = #expect(throws: PNGError.self) {
          try pattern(height: 3, width: 3, channels: 1).writePNG(to: path)
        }
        #expect(
          error?.description == "\(path) cannot be written: permission denied; "
            + "check who may use the file and its folder.")
        _ = seteuid(getuid())
        #expect(chmod(folder, 0o755) == 0)
        #expect(try PNGFile(path: path).image == old)
        #expect(try names(in: folder) == ["a.png"])
      }
    }
  }

  /// In a child process that may write no file longer than 2000 bytes, as on a disk that is full.
  @Test func aDiskThatFillsUpKeepsTheOldFile() async {
    await #expect(processExitsWith: .success) {
      try withFolder { folder throws in
        let path = folder + "/a.png"
        let old = pattern(height: 2, width: 2, channels: 1)
        try old.writePNG(to: path)
        var numbers = Numbers(state: 1)
        let full = Image(
          height: 40, width: 40, channels: 3,
          pixels: (0..<4800).map { _ in UInt8.random(in: 0...255, using: &numbers) })
        #expect(try full.pngBytes().count > 4000)
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 2000, rlim_max: rlim_t.max)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        let error = #expect(throws: PNGError.self) { try full.writePNG(to: path) }
        #expect(
          error?.description == "\(path) cannot be written: file too large; "
            + "raise the limit on the size of files (ulimit -f) and try again.")
        #expect(try PNGFile(path: path).image == old)
        #expect(try names(in: folder) == ["a.png"])
      }
    }
  }
}
