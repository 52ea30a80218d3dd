import Placement
import Support
import Testing
import Vocabulary
import Wire

@testable import ShardNode

struct WriteLedgerTests {
  private func answer(_ version: UInt64) -> WriteLedger.Answer { .init(status: .inserted, version: version) }

  private func ledger(op: UInt64, _ ids: [UInt64], writer: UInt64 = 1) -> WriteLedger {
    var ledger = WriteLedger()
    ledger.record(writer: writer, op: op, ids: ids, answers: ids.map { answer($0 * 10) })
    return ledger
  }

  @Test func theNewestOpIsKnownById() {
    var ledger = ledger(op: 5, [1, 2])
    #expect(ledger.verdict(writer: 1, op: 4) == .outdated)
    #expect(ledger.verdict(writer: 1, op: 5) == .current([1: answer(10), 2: answer(20)]))
    #expect(ledger.verdict(writer: 1, op: 6) == .current([:]))
    #expect(ledger.verdict(writer: 2, op: 1) == .current([:]))
    ledger.record(writer: 1, op: 5, ids: [2, 3], answers: [answer(99), answer(30)])
    #expect(ledger.verdict(writer: 1, op: 5) == .current([1: answer(10), 2: answer(20), 3: answer(30)]))
    ledger.record(writer: 1, op: 6, ids: [7], answers: [answer(70)])
    #expect(ledger.verdict(writer: 1, op: 6) == .current([7: answer(70)]))
  }

  @Test func theWriterThatWasSilentLongestMakesRoom() {
    var ledger = WriteLedger(writersMax: 3)
    for writer in [1, 2, 3, 1, 4] as [UInt64] {
      ledger.record(writer: writer, op: 1, ids: [writer], answers: [answer(1)])
    }
    #expect(ledger.writerCount == 3)
    #expect(ledger.verdict(writer: 2, op: 1) == .current([:]))
    #expect(ledger.verdict(writer: 1, op: 1) == .current([1: answer(1)]))
  }

  /// As a slow twin that looks through all writers.
  @Test func manyUsesKeepTheWritersThatWereUsedLast() {
    var ledger = WriteLedger(writersMax: 50)
    var random = SeededRandom(seed: 3)
    var uses: [UInt64: Int] = [:]
    for use in 0..<20_000 {
      let writer = 1 + random.next() % (use % 3 == 0 ? 10 : 200)
      ledger.record(writer: writer, op: UInt64(use + 1), ids: [writer], answers: [answer(1)])
      uses[writer] = use
      if uses.count > 50, let oldest = uses.min(by: { $0.value < $1.value }) { uses[oldest.key] = nil }
      if use % 500 == 0 {
        #expect(ledger.inOrderOfUse.map(\.writer) == uses.sorted { $0.value < $1.value }.map(\.key))
      }
    }
    #expect(ledger.writerCount == 50)
  }

  @Test func manyIdsMakeRoomButNotForTheLastWriters() {
    var ledger = WriteLedger(idsMax: 10)
    for writer in 1...1100 as ClosedRange<UInt64> {
      ledger.record(writer: writer, op: 1, ids: [1, 2], answers: [answer(1), answer(2)])
    }
    #expect(ledger.writerCount == 1024)
    #expect(ledger.verdict(writer: 76, op: 1) == .current([:]))
    #expect(ledger.verdict(writer: 77, op: 1) != .current([:]))
  }

  @Test func whatConcernsSlotsIsTakenOutAndMergedElsewhere() {
    let ids = Array(1...200 as ClosedRange<UInt64>)
    let lower = SlotSet(Slot.all.prefix(2048))
    let moved = ids.filter { lower.contains(slot(of: ItemID($0))) }
    let source = ledger(op: 5, ids)
    let part = source.part(of: lower)
    #expect(
      part.verdict(writer: 1, op: 5) == .current(Dictionary(uniqueKeysWithValues: moved.map { ($0, answer($0 * 10)) })))
    var same = ledger(op: 5, [1000])
    same.merge(part)
    #expect(
      same
        == {
          var both = ledger(op: 5, [1000])
          both.record(writer: 1, op: 5, ids: moved, answers: moved.map { answer($0 * 10) })
          return both
        }())
    var newer = ledger(op: 6, [1000])
    newer.merge(part)
    #expect(newer == ledger(op: 6, [1000]))
    var older = ledger(op: 4, [1000])
    older.merge(part)
    #expect(older == part)
    #expect(source.part(of: SlotSet()) == WriteLedger())
  }

  @Test func aLedgerIsReadAsItWasWritten() throws {
    var ledger = ledger(op: 5, [3, 1, 2], writer: 9)
    ledger.record(writer: 4, op: 1, ids: [], answers: [])
    ledger.record(writer: 2, op: 8, ids: [7], answers: [.init(status: .absent, version: 0)])
    var writer = BodyWriter()
    ledger.write(to: &writer)
    let bytes = writer.body.bytes
    var reader = BodyReader(bytes[...])
    #expect(try WriteLedger(from: &reader) == ledger)
    try reader.finish()
    for end in bytes.indices {
      var short = BodyReader(bytes[..<end])
      #expect(throws: WireError.self) { try WriteLedger(from: &short) }
    }
  }
}

extension WriteLedger {
  /// The part of the ledger about the ids of some slots, to be merged into the ledger of the shard that gets them.
  func part(of slots: SlotSet) -> WriteLedger {
    var part = WriteLedger()
    for (writer, entry) in inOrderOfUse {
      let places = entry.ids.indices.filter { slots.contains(slot(of: ItemID(entry.ids[$0]))) }
      guard !places.isEmpty else { continue }
      part.record(
        writer: writer, op: entry.op, ids: places.map { entry.ids[$0] }, answers: places.map { entry.answers[$0] })
    }
    return part
  }
}
