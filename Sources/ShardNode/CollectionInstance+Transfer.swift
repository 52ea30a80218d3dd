import Placement
import Retrieval
import Vocabulary
import Wire

extension CollectionInstance {
  /// Items of a part that have passed every check of this instance.
  struct CheckedPart: Sendable {
    fileprivate let items: [Item]
    fileprivate let part: TransferPart

    /// Of the items that may change.
    var ids: [UInt64] { part.ids + part.gone.map(\.id) }
    var histories: HistoryPart? { part.histories }
  }

  /// Checks a part before anything of it is applied.
  ///
  /// - Throws: NOT_OWNER for an id or slot outside `slots`; what does not fit the schema; MEMORY_BUDGET.
  func checked(_ part: TransferPart, in slots: SlotSet) throws(WireError) -> CheckedPart {
    let users = part.histories.map { $0.histories.map(\.user) + $0.answers.filter(\.isAboutUser).map(\.user) } ?? []
    let ids = [part.ids, part.gone.map(\.id), part.writers.flatMap { $0.answers.map(\.id) }, users].joined()
    guard ids.allSatisfy({ slots.contains(slot(of: ItemID($0))) }),
      part.slotVersions.allSatisfy({ slots.contains($0.slot) }),
      part.histories?.forgotten.allSatisfy({ slots.contains($0.slot) }) ?? true
    else {
      throw WireError(.notOwner, message: "an item, a shopper or a slot of the part is not one of the slots asked for")
    }
    guard !part.ids.isEmpty else { return CheckedPart(items: [], part: part) }
    let items = try part.checkedItems(of: schema, dimensionsAt: 44)
    guard table.hasRoom(for: items.count) else { throw .tableFull }
    return CheckedPart(items: items, part: part)
  }

  /// Takes what is newer than what is here.
  mutating func apply(_ checked: CheckedPart) {
    let part = checked.part
    for (item, version) in zip(checked.items, part.versions) {
      raiseVersion(of: slot(of: item.id), to: version)
      if let present = table.lookup(item.id)?.version, present >= version { continue }
      store(item, version: version)
    }
    for gone in part.gone {
      let id = ItemID(gone.id)
      raiseVersion(of: slot(of: id), to: gone.version)
      if let present = table.lookup(id)?.version, present <= gone.version { remove(id) }
    }
    for last in part.slotVersions { raiseVersion(of: last.slot, to: last.version) }
    for entry in part.writers {
      ledger.record(
        writer: entry.writer, op: entry.op, ids: entry.answers.map(\.id),
        answers: entry.answers.map { WriteLedger.Answer(status: $0.status, version: $0.version) })
    }
  }

  /// The last version that each of some slots has given, if it has given one.
  func lastVersions(of slots: SlotSet) -> [TransferPart.SlotVersion] {
    slots.slots.compactMap { slot in
      let version = slotVersions[Int(slot.rawValue)]
      return version > 0 ? .init(slot: slot, version: version) : nil
    }
  }

  /// The last versions of some slots and the answers that writers got there, in parts of about `answersMax` answers.
  func closing(of key: InstanceKey, _ slots: SlotSet, answersMax: Int) -> [TransferPart] {
    var parts = [TransferPart(of: key)]
    parts[0].slotVersions = lastVersions(of: slots)
    // Of the newest writers also an op that concerns other slots: by it the target knows that older ones are over.
    let entries = ledger.inOrderOfUse
    var answers = 0
    for (place, (writer, entry)) in entries.enumerated() {
      let found = zip(entry.ids, entry.answers).compactMap { id, answer in
        slots.contains(slot(of: ItemID(id)))
          ? TransferPart.WriterAnswers.Answer(id: id, status: answer.status, version: answer.version) : nil
      }
      guard !found.isEmpty || place >= entries.count - WriteLedger.writersMin else { continue }
      if answers >= answersMax {
        parts.append(TransferPart(of: key))
        answers = 0
      }
      answers += found.count
      parts[parts.count - 1].writers.append(.init(writer: writer, op: entry.op, answers: found))
    }
    return parts
  }
}
