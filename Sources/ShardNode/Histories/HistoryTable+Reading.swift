import Placement
import Vocabulary
import Wire

/// Where a walk through a table goes on: behind a shopper of a slot.
struct HistoryCursor: Hashable, Sendable {
  var slot = 0
  /// `nil`: from the first of the slot.
  var after: UInt64?
}

extension HistoryTable {
  /// Some histories of some slots, in the order of slot and id.
  ///
  /// - Returns: About `byteCountMax` bytes of them, and where to go on; `nil`: it is at its end.
  func walk(
    from start: HistoryCursor, in chosen: SlotSet, most: Int = HistoryPart.historiesMax, byteCountMax: Int,
    where isWanted: (StoredHistory) -> Bool = { _ in true }
  ) -> (found: [StoredHistory], next: HistoryCursor?) {
    var found: [StoredHistory] = []
    var bytes = 0
    for slot in occupied(in: chosen) where Int(slot.rawValue) >= start.slot {
      var cursor = start.slot == Int(slot.rawValue) ? start : HistoryCursor(slot: Int(slot.rawValue))
      let histories = self[slot].histories
      for user in histories.keys.filter({ id in cursor.after.map { id > $0 } ?? true }).sorted() {
        guard let history = histories[user], isWanted(history) else { continue }
        guard found.count < most, found.isEmpty || bytes + history.wireBytes <= byteCountMax else {
          return (found, cursor)
        }
        bytes += history.wireBytes
        found.append(history)
        cursor.after = user
      }
    }
    return (found, nil)
  }

  /// The slots of some that hold something, ascending.
  private func occupied(in chosen: SlotSet) -> [Slot] {
    var slots = occupied
    slots.formIntersection(chosen)
    return slots.slots
  }

  /// A part without histories: what a table knows besides them.
  var head: HistoryPart {
    var part = HistoryPart()
    (part.settings, part.latest) = (settings, latest)
    return part
  }

  /// A part of some histories.
  func part(of histories: [StoredHistory]) -> HistoryPart {
    var part = head
    part.histories = histories
    return part
  }

  /// Who was forgotten in some slots, in parts.
  func forgotten(in chosen: SlotSet) -> [HistoryPart] {
    let all = occupied(in: chosen).flatMap { slot in
      self[slot].forgotten.sorted { $0.key < $1.key }.map {
        HistoryPart.Forgotten(slot: slot, fingerprint: $0.key, time: $0.value)
      }
    }
    return all.parts { part, some in part.forgotten = some }
  }

  /// What writers were answered about the shoppers of some slots, in parts; of the newest writers also the op alone.
  func answers(in chosen: SlotSet) -> [HistoryPart] {
    let entries = ledger.inOrderOfUse
    let all = entries.enumerated().flatMap { place, known -> [HistoryPart.Answer] in
      let found = zip(known.entry.ids, known.entry.answers).compactMap { id, answer in
        chosen.contains(Placement.slot(of: ItemID(id)))
          ? HistoryPart.Answer(writer: known.writer, op: known.entry.op, user: id, counts: answer.version) : nil
      }
      guard found.isEmpty, place >= entries.count - WriteLedger.writersMin else { return found }
      return [HistoryPart.Answer(writer: known.writer, op: known.entry.op)]
    }
    return all.parts { part, some in part.answers = some }
  }

  /// How many histories some slots hold, and the sum of their hashes.
  func digest(of chosen: SlotSet) -> ItemDigest {
    var digest = ItemDigest()
    for slot in occupied(in: chosen) {
      for history in self[slot].histories.values { digest.add(history) }
    }
    return digest
  }
}

extension StoredHistory {
  /// Bytes that it has in a part.
  fileprivate var wireBytes: Int { Self.bytesMin + events.count }
}

extension Array {
  /// Parts of about 16,384 elements each.
  fileprivate func parts(_ fill: (inout HistoryPart, [Element]) -> Void) -> [HistoryPart] {
    stride(from: 0, to: count, by: 16_384).map { start in
      var part = HistoryPart()
      fill(&part, Array(self[start..<Swift.min(start + 16_384, count)]))
      return part
    }
  }
}

extension HistoryTable: Equatable {
  // What is noted for checkpoints, and how memory is laid out, is not what a table holds.
  static func == (a: HistoryTable, b: HistoryTable) -> Bool {
    a.slots == b.slots && a.ledger == b.ledger && a.settings == b.settings && a.latest == b.latest
  }
}
