import Placement
import Retrieval
import Vocabulary
import Wire

/// A write of items that an instance has checked: what it does to each item, and what the ledger remembers of it.
struct ItemWrite: Sendable {
  /// The change of an item that a request asks for.
  enum Edit: Sendable {
    case store(Item)
    case alter([AttributeChange])
    case remove
  }

  /// The change of an item that is made, and the version that it gets.
  struct Step: Sendable {
    let id: ItemID
    let edit: Edit
    let version: UInt64
  }

  let writer: UInt64
  let op: UInt64
  /// The items to which the op was not applied before, each once, `[n]`.
  private(set) var ids: [UInt64] = []
  /// The answers about them, `[n]`.
  private(set) var answers: [WriteLedger.Answer] = []
  /// Those of them that change.
  private(set) var steps: [Step] = []
  private(set) var response: WriteResponse
}

extension ItemWrite {
  /// Says what becomes of each item, once for each id: of an id that stands twice the last place counts.
  ///
  /// - Parameter edits: What the request asks for, by place.
  /// - Throws: CONFLICT for an op that is older than its writer's newest.
  init(
    _ request: some ItemWriteRequest, _ edits: [Edit], on instance: CollectionInstance,
    durability: WriteResponse.Durability
  ) throws(WireError) {
    guard case .current(var known) = instance.ledger.verdict(writer: request.writer, op: request.op) else {
      throw WireError(.conflict, message: "the writer has sent a newer op")
    }
    (writer, op) = (request.writer, request.op)
    response = WriteResponse(durability: durability, isReplayed: true, statuses: [], versions: [])
    var lastPlace: [UInt64: Int] = [:]
    for (place, id) in request.ids.enumerated() where known[id] == nil { lastPlace[id] = place }
    var slotVersions: [Slot: UInt64] = [:]
    for (place, id) in request.ids.enumerated() where lastPlace[id] == place {
      let item = ItemID(id)
      let present = instance.table.lookup(item)?.version
      let answer: WriteLedger.Answer
      if let refusal = Self.refusal(present, expected: request.expectedVersions[place], edits[place]) {
        answer = refusal
      } else {
        let slot = slot(of: item)
        let version = (slotVersions[slot] ?? instance.slotVersions[Int(slot.rawValue)]) + 1
        slotVersions[slot] = version
        steps.append(Step(id: item, edit: edits[place], version: version))
        answer = WriteLedger.Answer(status: edits[place].status(isPresent: present != nil), version: version)
      }
      ids.append(id)
      answers.append(answer)
      known[id] = answer
    }
    let found = request.ids.compactMap { known[$0] }
    response.isReplayed = ids.isEmpty
    (response.statuses, response.versions) = (found.map(\.status), found.map(\.version))
  }

  /// The answer about an item that does not change; `nil`: it changes.
  private static func refusal(_ present: UInt64?, expected: UInt64, _ edit: Edit) -> WriteLedger.Answer? {
    let isAsExpected =
      switch expected {
      case 0: true
      case UpsertRequest.mustNotExist: present == nil
      default: present == expected
      }
    guard isAsExpected else { return WriteLedger.Answer(status: .conflict, version: present ?? 0) }
    if case .store = edit { return nil }
    return present == nil ? WriteLedger.Answer(status: .absent, version: 0) : nil
  }
}

extension ItemWrite.Edit {
  fileprivate func status(isPresent: Bool) -> WriteResponse.Status {
    switch self {
    case .store: isPresent ? .replaced : .inserted
    case .alter: .replaced
    case .remove: .deleted
    }
  }
}

extension CollectionInstance {
  /// Makes a write that was prepared on this state.
  mutating func apply(_ write: ItemWrite) {
    for step in write.steps {
      raiseVersion(of: slot(of: step.id), to: step.version)
      switch step.edit {
      case .store(let item): store(item, version: step.version)
      case .alter(let changes): alter(step.id, changes, version: step.version)
      case .remove: remove(step.id)
      }
    }
    ledger.record(writer: write.writer, op: write.op, ids: write.ids, answers: write.answers)
  }
}
