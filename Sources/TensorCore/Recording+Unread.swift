extension Recording {
  /// The calls without those whose results nobody reads, such as the price of codes that a pass draws only to pass them on.
  func leavingOutUnread(_ calls: [Call]) -> [Call] {
    var isRead = buffers.map { if case .state = $0.origin { true } else { false } }
    for case let output? in outputs { isRead[output.place] = true }
    var kept: [Call] = []
    for call in calls.reversed() {
      let written = call.operands.dropFirst(call.readCount).filter { $0 >= 0 }
      // A check writes nothing, and stays.
      guard written.isEmpty || written.contains(where: { isRead[$0] }) else { continue }
      for place in call.operands where place >= 0 { isRead[place] = true }
      kept.append(call)
    }
    return kept.reversed()
  }
}
