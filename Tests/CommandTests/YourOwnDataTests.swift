import Foundation
import ImageOutput
import Testing
import VAEZoo

/// Every command that `Documentation/YourOwnData.md` shows does what it says, in the page's order.
@Suite struct YourOwnDataTests {
  @Test func everyCommandOfThePageWorks() throws {
    let commands = try Page.commands()
    let scratch = try Scratch()
    try OwnData(in: scratch).write()
    for words in commands {
      let outcome = try Command.run(quickened(words), in: scratch.path)
      let line = "vae " + words.joined(separator: " ")
      #expect(outcome.status == 0, "\(line): \(outcome.errors)")
      guard outcome.status == 0 else { return }
      for file in words.values(of: "--out") {
        #expect(scratch.holds(file), "\(line) wrote no \(file)")
      }
    }
  }

  /// What the page is for, so that it cannot lose a part unnoticed.
  @Test(arguments: [
    ["train"], ["train", "--resume"], ["sample"], ["reconstruct"], ["interpolate"], ["encode"],
    ["embed"], ["detect"], ["evaluate"], ["classify", "train"], ["classify", "predict"],
  ])
  func thePageShows(words: [String]) throws {
    #expect(try Page.commands().contains { $0.starts(with: words) })
  }

  @Test(arguments: [
    "photos", "measurements.csv", "beats.tsv", "sensor.csv", "names.txt", "reviews.csv",
    "recordings", "scans",
  ])
  func thePageTrainsOn(data: String) throws {
    #expect(
      try Page.commands().contains { $0.first == "train" && $0.values(of: "--data") == [data] })
  }

  @Test func linesAreDividedAsAShellDoes() {
    let page = """
      vae none
      ```
      vae a 'b c' \\
        --d="e f" g
      ls
      ```
      ```
      vae h  # to see
      ```
      """
    #expect(Page.commands(in: page) == [["a", "b c", "--d=e f", "g"], ["h"]])
  }

  /// A command that trains, for a moment: once over the data, or once more, and nothing measured or drawn
  /// beside.
  private func quickened(_ words: [String]) -> [String] {
    if words.starts(with: ["classify", "train"]) { return words + ["--epochs", "1"] }
    guard words.first == "train" else { return words }
    let epochs = words.contains("--resume") && words.contains("--epochs") ? "2" : "1"
    return words.without("--epochs") + [
      "--epochs", epochs, "--set", "measure.examples=0", "--set", "pictures_every=0",
    ]
  }
}

// MARK: - The page

/// The commands of `Documentation/YourOwnData.md`.
private enum Page {
  /// Their words, `vae` left out.
  static func commands() throws -> [[String]] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let page = root.appendingPathComponent("Documentation/YourOwnData.md")
    return commands(in: try String(contentsOf: page, encoding: .utf8))
  }

  /// The commands of fenced blocks, of which a line that ends in a backslash goes on in the next.
  static func commands(in page: String) -> [[String]] {
    var (isFenced, found, open): (Bool, [[String]], String?) = (false, [], nil)
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        (isFenced, open) = (!isFenced, nil)
        continue
      }
      guard isFenced, open != nil || line.hasPrefix("vae ") else { continue }
      let whole = (open ?? "") + line
      if whole.hasSuffix("\\") {
        open = String(whole.dropLast())
      } else {
        found.append(Array(words(of: whole).dropFirst()))
        open = nil
      }
    }
    return found
  }

  /// The words of a line: quotes of either kind enclose blanks, and a word that begins with `#` ends it.
  private static func words(of line: String) -> [String] {
    var (words, word, quote): ([String], String?, Character?) = ([], nil, nil)
    for character in line {
      if character == quote {
        quote = nil
      } else if quote != nil {
        word = (word ?? "") + String(character)
      } else if character == "'" || character == "\"" {
        (quote, word) = (character, word ?? "")
      } else if character != " " {
        if character == "#", word == nil { return words }
        word = (word ?? "") + String(character)
      } else if let done = word {
        words.append(done)
        word = nil
      }
    }
    return words + (word.map { [$0] } ?? [])
  }
}

extension [String] {
  /// What follows an option, each time that it comes.
  fileprivate func values(of option: String) -> [String] {
    zip(self, dropFirst()).filter { $0.0 == option }.map(\.1)
  }

  /// The words without an option and what follows it.
  fileprivate func without(_ option: String) -> [String] {
    guard let place = firstIndex(of: option) else { return self }
    return Array(prefix(place) + dropFirst(place + 2))
  }
}

// MARK: - The data

/// The files that the page names, as small as they can be.
private struct OwnData {
  private let scratch: Scratch

  init(in scratch: Scratch) { self.scratch = scratch }

  func write() throws {
    try images()
    try tables()
    try series()
    try text()
    for place in 0..<6 {
      let name = place.isMultiple(of: 2) ? "bird" : "rain"
      try scratch.write(recording(pitch: place + 1), to: "recordings/\(name)_\(place).wav")
    }
  }

  /// A number from 0 to 1 that looks like none in particular.
  private func chance(_ place: Int) -> Double {
    let wave = sin(Double(place) * 12.9898) * 43758.5453
    return wave - wave.rounded(.down)
  }

  private func write(_ lines: [String], to name: String) throws {
    try scratch.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: name)
  }

  // MARK: Images

  private func images() throws {
    for place in 0..<24 {
      let folder = place.isMultiple(of: 2) ? "cats" : "dogs"
      try write(picture(place, 12, 10), to: "photos/\(folder)/\(place).png")
    }
    for place in 24..<28 { try write(picture(place, 12, 10), to: "inbox/\(place).png") }
    // Of several sizes, and one of them cut short.
    for place in 0..<8 {
      try write(picture(place, 12 + place % 3, 10), to: "scans/\(place).png")
    }
    try scratch.write(Array(try scratch.bytes("scans/0.png").prefix(60)), to: "scans/torn.png")
    try NPY.write(
      Tensor((0..<2880).map { Float(chance($0)) }, shape: [20, 3, 12, 4]),
      to: scratch.file("stack.npy"))
  }

  private func picture(_ place: Int, _ width: Int, _ height: Int) -> Image {
    let pixels = (0..<(width * height)).flatMap { pixel -> [UInt8] in
      let share = (sin(Double(pixel % width + place) / 4) + 1) / 2
      let tint = place.isMultiple(of: 2) ? 1.0 : 0.4
      return [UInt8(share * 255), UInt8(share * tint * 255), UInt8(pixel / width * 20)]
    }
    return Image(height: height, width: width, channels: 3, pixels: pixels)
  }

  private func write(_ image: Image, to name: String) throws {
    try scratch.write(image.pngBytes(), to: name)
  }

  // MARK: Tables

  private func tables() throws {
    let rows = (0..<40).map { row in
      (0..<5).map { "\(Double(Int(chance(row * 5 + $0) * 1000)) / 10)" }
    }
    let names = ["length", "width", "height", "weight", "age"]
    try write(
      [(names + ["species"]).joined(separator: ",")]
        + rows.enumerated().map { row, numbers in
          (numbers + [row.isMultiple(of: 3) ? "adelie" : "gentoo"]).joined(separator: ",")
        }, to: "measurements.csv")
    // The columns in another order, and no classes.
    try write(
      [names.reversed().joined(separator: ",")]
        + rows.prefix(6).map { $0.reversed().joined(separator: ",") }, to: "new.csv")
    try write(
      ["open;close"]
        + (0..<40).map { "1,\(Int(100 + chance($0) * 899));2,\(Int(100 + chance(-$0) * 899))" },
      to: "prices.csv")
  }

  // MARK: Series

  private func series() throws {
    try write(
      (0..<40).map { row in
        let kind = row % 2 + 1
        let beat = (0..<30).map { step in
          let value = sin(Double(step * kind) / 5) + chance(row * 30 + step) / 10
          return "\((value * 1000).rounded() / 1000)"
        }
        return (["\(kind)"] + beat).joined(separator: "\t")
      }, to: "beats.tsv")
    for (name, day) in [("sensor.csv", "01"), ("today.csv", "02")] {
      try write(
        ["time,temperature,pressure"]
          + (0..<600).map { step in
            let time = [step / 60, step % 60].map { ($0 < 10 ? "0" : "") + "\($0)" }
            let values = [20 + sin(Double(step) / 20), 1000 + cos(Double(step) / 30)]
              .map { "\(($0 * 100).rounded() / 100)" }
            return "2024-05-\(day) \(time.joined(separator: ":")):00,"
              + values.joined(separator: ",")
          }, to: name)
    }
  }

  // MARK: Text

  private func text() throws {
    let (heads, tails) = (["An", "Ber", "Car", "Da", "El", "Fre"], ["na", "ta", "la", "ri", "do"])
    try write(
      heads.flatMap { head in tails.flatMap { [head + $0, head + $0 + "s"] } }, to: "names.txt")
    let words = ["the", "film", "is", "long", "and", "good", "but", "quite", "boring", "music"]
    try write(
      ["id,review,stars"]
        + (0..<40).map { row in
          let text = (0..<8).map { words[Int(chance(row * 8 + $0) * 10)] }
          return "\(row + 1),\"\(text.joined(separator: " ")), really.\",\(row % 5 + 1)"
        }, to: "reviews.csv")
  }

  // MARK: Sound

  /// A quarter of a second of a tone, 8,000 samples a second of 16 bits.
  private func recording(pitch: Int) -> [UInt8] {
    func bytes(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    let samples = (0..<2000).flatMap { step in
      bytes(Int(9000 * sin(Double(step * pitch) / 10) + 500 * chance(step)), 2)
    }
    let format =
      bytes(1, 2) + bytes(1, 2) + bytes(8000, 4) + bytes(16000, 4) + bytes(2, 2) + bytes(16, 2)
    return Array("RIFF".utf8) + bytes(36 + samples.count, 4) + Array("WAVEfmt ".utf8) + bytes(16, 4)
      + format + Array("data".utf8) + bytes(samples.count, 4) + samples
  }
}
