internal import SystemFiles
internal import TensorCore

extension ProfileReport {
  /// The calls in the Trace Event Format, which Perfetto and Chrome's viewer of traces open, as lines of text.
  ///
  /// Calls lie within their steps. Times are in microseconds; viewers that compare them are told to keep the nanoseconds, since
  /// calls of less than a microsecond would else seem to lie within their neighbours.
  ///
  /// - Source: "Trace Event Format", Google, https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
  public var trace: [String] {
    let events = (steps.map(event) + entries.map(event)).sorted {
      $0.start == $1.start ? $0.isStep && !$1.isStep : $0.start < $1.start
    }
    let lines =
      [("process_name", "vae train"), ("thread_name", "training thread")].map {
        #"{"name":"\#($0)","ph":"M","pid":1,"tid":1,"args":{"name":"\#($1)"}}"#
      } + events.map(\.json)
    return [#"{"displayTimeUnit":"ns","traceEvents":["#]
      + lines.dropLast().map { $0 + "," } + lines.suffix(1) + ["]}"]
  }

  /// Writes the tables and the trace into a run's folder.
  func write(to folder: RunFolder) throws(CheckpointError) {
    try replaceFile(folder.profileTable, with: table + [""] + callTable())
    try replaceFile(folder.profileTrace, with: trace)
  }

  private func event(_ step: Step) -> TraceEvent {
    TraceEvent(
      "step \(step.number)", "step", from: step.start, seconds: step.seconds,
      arguments: [("captured", "\(step.isCaptured)")])
  }

  private func event(_ entry: Profile.Entry) -> TraceEvent {
    var arguments: [(name: String, json: String)] = []
    let operands = operandText(entry.shapes, entry.readCount)
    if !operands.isEmpty { arguments.append(("shapes", quotedJSON(operands))) }
    if entry.operations > 0 && entry.seconds > 0 {
      let rate = (entry.operations / entry.seconds / 1e6).rounded() / 1e3
      arguments.append(("GFLOP/s", JSONValue.text(rate)))
    }
    return TraceEvent(
      entry.name, entry.isKernel ? "kernel" : "host", from: entry.start,
      seconds: entry.seconds, arguments: arguments)
  }
}

/// Something that began and ended; in whole nanoseconds, so that rounding moves no end beyond another.
private struct TraceEvent {
  let start: Int
  private let name: String
  private let category: String
  private let end: Int
  private let arguments: [(name: String, json: String)]

  init(
    _ name: String, _ category: String, from start: Double, seconds: Double,
    arguments: [(name: String, json: String)]
  ) {
    (self.name, self.category, self.arguments) = (name, category, arguments)
    self.start = Int((start * 1e9).rounded())
    end = Int(((start + seconds) * 1e9).rounded())
  }

  var isStep: Bool { category == "step" }

  var json: String {
    func microseconds(_ nanoseconds: Int) -> String { JSONValue.text(Double(nanoseconds) / 1e3) }
    let arguments = arguments.map { "\(quotedJSON($0.name)):\($0.json)" }.joined(separator: ",")
    return #"{"name":\#(quotedJSON(name)),"cat":"\#(category)","ph":"X","#
      + #""ts":\#(microseconds(start)),"dur":\#(microseconds(end - start)),"#
      + #""pid":1,"tid":1,"args":{\#(arguments)}}"#
  }
}
