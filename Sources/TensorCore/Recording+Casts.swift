extension Recording {
  /// The calls, with casts to bfloat16 folded into the kernels whose results they round.
  ///
  /// Nothing else in a computation says that a product will read a result in bfloat16: it is known once all is recorded. A
  /// result that only casts read is then written in bfloat16 alone.
  func callsWithCastsFolded() -> [Call] {
    var calls = calls
    var makers = [Int?](repeating: nil, count: buffers.count), folded: Set<Int> = []
    for (time, call) in calls.enumerated() {
      if (call.kernel as? Cast)?.rounds == true, let maker = makers[call.operands[0]],
        fold(call, into: &calls[maker])
      {
        folded.insert(time)
      } else {
        for place in call.operands.dropFirst(call.readCount) where place >= 0 {
          makers[place] = time
        }
      }
    }
    if folded.isEmpty { return calls }
    calls = calls.enumerated().filter { !folded.contains($0.offset) }.map(\.element)
    leaveOutUnread(&calls)
    return calls
  }

  private func fold(_ cast: Call, into maker: inout Call) -> Bool {
    let (source, copy) = (cast.operands[0], cast.operands[1])
    guard let rounded = maker.kernel.roundedResult, buffers[copy].isTemporary,
      maker.operands[rounded.operand] == source, maker.operands[rounded.copy] < 0
    else { return false }
    maker.operands[rounded.copy] = copy
    maker.shapes[rounded.copy] = cast.shapes[1]
    return true
  }

  private func leaveOutUnread(_ calls: inout [Call]) {
    var uses = [Int](repeating: 0, count: buffers.count)
    for place in calls.flatMap(\.operands) where place >= 0 { uses[place] += 1 }
    for case let output? in outputs { uses[output.place] += 1 }
    for (i, call) in calls.enumerated() {
      guard let rounded = call.kernel.roundedResult, rounded.mayStandAlone,
        call.operands[rounded.copy] >= 0
      else { continue }
      let place = call.operands[rounded.operand]
      if place >= 0, uses[place] == 1, buffers[place].isTemporary {
        calls[i].operands[rounded.operand] = -1
      }
    }
  }
}
