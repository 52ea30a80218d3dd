import Arguments
import JSON
import Vocabulary
import WinnowClient

/// Plans and progress of moves, for people and programs.
enum MoveReport {
  /// The plan in words.
  static func plan(_ plan: SlotMoves) -> String {
    guard !plan.moves.isEmpty else { return "nothing to move: every shard keeps its share\n" }
    var table = Table([("from shard", .right), ("to shard", .right), ("slots", .right)])
    for move in plan.moves {
      table.add(["\(move.source.rawValue)", "\(move.target.rawValue)", "\(move.slots)"])
    }
    var text = table.text + "\(plan.slotsLeft) of \(Limits.slotCount) slots, about \(Text.grouped(plan.items)) items, "
    text += "\(Text.bytes(plan.bytes)), at \(Text.bytes(plan.bytesPerSecond))/s"
    if let left = plan.left { text += " about \(Text.seconds(seconds(left)))" }
    return text + (plan.verifies ? ", verified" : "") + "\n"
  }

  /// How far it is.
  static func line(_ moves: SlotMoves) -> String {
    guard moves.plan != nil else { return "no slots are being moved" }
    let moved = moves.slots - moves.slotsLeft
    let copied = "\(Text.grouped(moves.itemsCopied)) items, \(Text.bytes(moves.bytesCopied))"
    var line: String
    if moves.state == .atRest {
      line = "\(moved) of \(moves.slots) slots moved, \(copied) in \(Text.seconds(seconds(moves.worked)))"
    } else {
      line = "\(moves.state.rawValue): \(moved) of \(moves.slots) slots, \(copied)"
      if let source = moves.source, let target = moves.target {
        line += ", shard \(source.rawValue) to \(target.rawValue) \(moves.phase.rawValue)"
      }
      if moves.state == .moving, let left = moves.left { line += ", about \(Text.seconds(seconds(left))) to go" }
    }
    if moves.longestFreeze > .zero {
      line += "; longest pause of writes \(Text.seconds(seconds(moves.longestFreeze)))"
    }
    if moves.failures > 0 {
      line += "; \(moves.failures) failed tries, the last: \(moves.reason)"
    } else if !moves.reason.isEmpty {
      line += "; \(moves.reason)"
    }
    return line
  }

  static func json(_ moves: SlotMoves) -> JSON {
    let list = moves.moves.map {
      JSON.object([
        ("from", .int(Int($0.source.rawValue))), ("to", .int(Int($0.target.rawValue))), ("slots", .int($0.slots)),
      ])
    }
    return .object([
      ("state", .text(moves.state.rawValue)), ("phase", .text(moves.phase.rawValue)),
      ("plan", moves.plan.map { .exact($0) } ?? .null), ("epoch", .int(Int(moves.epoch.rawValue))),
      ("slots", .int(moves.slots)), ("slots_left", .int(moves.slotsLeft)), ("items", .id(moves.items)),
      ("items_copied", .id(moves.itemsCopied)), ("bytes", .id(moves.bytes)), ("bytes_copied", .id(moves.bytesCopied)),
      ("us", .id(moves.worked.wholeMicroseconds)), ("us_left", moves.left.map { .id($0.wholeMicroseconds) } ?? .null),
      ("bytes_per_second", .id(moves.bytesPerSecond)), ("verify", .bool(moves.verifies)),
      ("longest_freeze_us", .id(moves.longestFreeze.wholeMicroseconds)), ("failures", .int(moves.failures)),
      ("reason", .text(moves.reason)), ("moves", .list(list)),
    ])
  }

  static func seconds(_ duration: Duration) -> Double { Double(duration.wholeMicroseconds) / 1e6 }
}
