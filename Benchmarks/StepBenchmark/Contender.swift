import Foundation

/// A process that times rounds of steps when asked: ours, or one of PyTorch's modes.
///
/// It says "ready" when it has warmed up. One that ends, or says nothing for too long, takes no more part.
final class Contender {
  private let process = Process()
  private let requests = Pipe()
  private let answers = Pipe()
  private let patience: Double
  private var takesPart = true
  private var spent = 0.0
  private(set) var rounds: [Round] = []

  /// Starts the process and waits until it is ready, so that no other is disturbed.
  init(_ executable: String, _ arguments: [String], patience: Double) throws {
    self.patience = patience
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.standardInput = requests
    process.standardOutput = answers
    try process.run()
    if nextLine() != "ready" { giveUp() }
  }

  /// Asks for a round and waits for it, unless the rounds so far have taken the `limit` of seconds.
  func takeTurn(limit: Double) {
    guard takesPart, spent < limit else { return }
    let clock = ContinuousClock()
    spent +=
      clock.measure {
        try? requests.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        if let line = nextLine(),
          let round = try? JSONDecoder().decode(Round.self, from: Data(line.utf8))
        {
          rounds.append(round)
        } else {
          giveUp()
        }
      } / .seconds(1)
  }

  /// Lets the process end, and waits for it unless it was made to.
  func stop() {
    try? requests.fileHandleForWriting.close()
    if takesPart { process.waitUntilExit() }
  }

  private func giveUp() {
    takesPart = false
    process.terminate()
  }

  /// Nil when the process has ended, or has said nothing for too long.
  private func nextLine() -> String? {
    let deadline = ContinuousClock.now + .seconds(patience)
    let file = answers.fileHandleForReading.fileDescriptor
    var line: [UInt8] = []
    while true {
      var request = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      let wait = max(0, (deadline - ContinuousClock.now) / .milliseconds(1))
      let found = poll(&request, 1, Int32(wait))
      if found < 0 && errno == EINTR { continue }
      var byte: UInt8 = 0
      guard found > 0, read(file, &byte, 1) == 1 else { return nil }
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
  }
}
