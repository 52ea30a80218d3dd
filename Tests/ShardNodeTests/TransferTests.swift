import Placement
import Testing
import Vocabulary
import Wire

@testable import ShardNode

/// Each step of a transfer at a source and a target, once and again.
struct TransferTests {
  private let source: MachineShard
  private let target: MachineShard
  private let map: ShardMap
  /// Slots of the source that are to go, with two ids each.
  private let slots: SlotSet
  private let ids: [UInt64]
  private let one = Epoch(1)

  init() throws {
    map = try ShardMap.first(clusterID: Array(repeating: 5, count: 16), addresses: ["127.0.0.1:1", "127.0.0.1:2"])
    source = try MachineShard(0, map)
    target = try MachineShard(1, map)
    let chosen = (1...9000 as ClosedRange<UInt64>).filter { slot(of: ItemID($0)).rawValue < 8 }
    slots = SlotSet(chosen.map { slot(of: ItemID($0)) })
    ids = chosen
  }

  private func upsert(_ ids: [UInt64], op: UInt64, writer: UInt64 = 1, value: Float = 1) -> UpsertRequest {
    UpsertRequest(
      collection: "shop", generation: Generation(1), writer: writer, op: op, embeddingDimension: 1, rerankDimension: 1,
      ids: ids, expectedVersions: ids.map { _ in 0 },
      attributes: AttributeTable(
        rows: ids.map { [.text("item \($0)")] }, definitions: [.init(name: "title", type: .text)]),
      embeddings: ids.map { _ in value }, rerank: ids.map { _ in 0 })
  }

  private func delete(_ ids: [UInt64], op: UInt64) -> DeleteRequest {
    DeleteRequest(
      collection: "shop", generation: Generation(1), writer: 1, op: op, ids: ids, expectedVersions: ids.map { _ in 0 })
  }

  private func refusal<Value>(_ call: () throws(WireError) -> Value) -> ErrorCode? {
    do throws(WireError) {
      _ = try call()
      return nil
    } catch { return error.code }
  }

  private func begin(_ id: UInt64 = 7) throws {
    try target.transfer(id, .beginTarget(slots), one)
    try source.transfer(id, .beginSource(slots), one)
  }

  /// Reads and writes parts until a reply without one.
  ///
  /// - Returns: the last reply and the number of the next part.
  @discardableResult
  private func carry(_ id: UInt64 = 7, from first: UInt64 = 1, twice: Bool = false) throws -> (TransferResponse, UInt64)
  {
    var part = first
    while true {
      let read = try source.transfer(id, .read(part: part), one)
      if twice { #expect(try source.transfer(id, .read(part: part), one).contents == read.contents) }
      guard let contents = read.contents else {
        if read.state == .copying { continue }
        return (read, part)
      }
      #expect(read.part == part)
      for _ in 0..<(twice ? 2 : 1) {
        #expect(try target.transfer(id, .write(part: part, contents), one).part == part)
      }
      part += 1
    }
  }

  private func flip() throws -> ShardMap {
    let next = try map.moving(slots, to: ShardID(1))
    for shard in [target, source] { try shard.install(next, at: Instant(nanoseconds: 1)) }
    return next
  }

  @Test func everyStepMayComeTwice() throws {
    _ = try source.upsert(upsert(ids, op: 1), one)
    for _ in 0..<2 {
      #expect(try target.transfer(7, .beginTarget(slots), one).state == .target)
      let begun = try source.transfer(7, .beginSource(slots), one)
      #expect((begun.state, begun.items) == (.copying, UInt64(ids.count)))
    }
    let (copied, next) = try carry(twice: true)
    #expect((copied.state, copied.items) == (.catchingUp, 0))
    for _ in 0..<2 { #expect(try source.transfer(7, .freeze, one).state == .frozen) }
    #expect(try carry(from: next, twice: true).0.state == .complete)
    let rows = try source.seen(in: one, at: Instant(nanoseconds: 0))
    _ = try flip()
    for _ in 0..<2 {
      #expect(try source.transfer(7, .end, Epoch(2)).state == .notOpen)
      #expect(try target.transfer(7, .end, Epoch(2)).state == .notOpen)
    }
    #expect(try target.seen(in: Epoch(2), at: Instant(nanoseconds: 2)) == rows)
    #expect(try source.seen(in: Epoch(2), at: Instant(nanoseconds: 2)).isEmpty)
    #expect(rows.map(\.id) == ids.sorted())
  }

  /// The throttle of a transfer goes by the state: a part too much is a second too much.
  @Test func theLastPartOfTheCopySaysThatTheCopyIsRead() throws {
    _ = try source.upsert(upsert([ids[0]], op: 1), one)
    try begin()
    let read = try source.transfer(7, .read(part: 1), one)
    #expect((read.state, read.part, read.items) == (.catchingUp, 1, 0))
    #expect(read.contents?.ids == [ids[0]])
  }

  @Test func whatIsWrittenRemovedAndInsertedAgainDuringTheCopyArrives() throws {
    _ = try source.upsert(upsert(ids, op: 1), one)
    try begin()
    let first = try #require(try source.transfer(7, .read(part: 1), one).contents)
    _ = try target.transfer(7, .write(part: 1, first), one)
    _ = try source.upsert(upsert([ids[0]], op: 2, value: 2), one)
    _ = try source.delete(delete([ids[1], ids[2], ids[3]], op: 3), one)
    _ = try source.upsert(upsert([ids[2]], op: 4, value: 4), one)
    let (_, next) = try carry(from: 2)
    _ = try source.delete(delete([ids[4]], op: 5), one)
    let left = try source.transfer(7, .freeze, one)
    #expect((left.state, left.changed) == (.frozen, 1))
    #expect(try carry(from: next).0.state == .complete)
    let rows = try source.seen(in: one, at: Instant(nanoseconds: 0))
    #expect(rows.count == ids.count - 3)
    _ = try flip()
    #expect(try target.seen(in: Epoch(2), at: Instant(nanoseconds: 2)) == rows)
    // Versions go on behind those that the source has given, also the one of the removal.
    let again = try target.upsert(upsert([ids[1]], op: 6), Epoch(2))
    #expect(again.statuses == [.inserted])
    #expect(again.versions[0] >= 3)
  }

  @Test func frozenWritesAreRefusedAndAcceptedByTheTargetLater() throws {
    _ = try source.upsert(upsert(ids, op: 1), one)
    try begin()
    let (_, next) = try carry()
    try source.transfer(7, .freeze, one)
    do throws(WireError) {
      _ = try source.upsert(upsert([ids[0]], op: 2, value: 9), one)
      Issue.record("the slot is frozen")
    } catch {
      #expect((error.code, error.retryAfterMilliseconds) == (.slotFrozen, 20))
      #expect(error.errorClass.contains(.notExecuted))
    }
    #expect(refusal { () throws(WireError) in try source.delete(delete([ids[0]], op: 2), one) } == .slotFrozen)
    let foreign = try #require(
      (1...9000 as ClosedRange<UInt64>).first { (9..<2048).contains(slot(of: ItemID($0)).rawValue) })
    #expect(try source.upsert(upsert([foreign], op: 2), one).statuses == [.inserted])
    try carry(from: next)
    _ = try flip()
    #expect(refusal { () throws(WireError) in try source.upsert(upsert([ids[0]], op: 3), Epoch(2)) } == .notOwner)
    #expect(try target.upsert(upsert([ids[0]], op: 3, value: 9), Epoch(2)).statuses == [.replaced])
  }

  @Test func anEndThatAbortsFreesTheSourceAndEmptiesTheTarget() throws {
    _ = try source.upsert(upsert(ids, op: 1), one)
    try begin()
    let (_, next) = try carry()
    try source.transfer(7, .freeze, one)
    try carry(from: next)
    #expect(target.itemCount == ids.count)
    try source.transfer(7, .end, one)
    try target.transfer(0, .end, one)
    while try target.forgetSome(at: Instant(nanoseconds: 1)) {}
    #expect(target.itemCount == 0)
    #expect(try source.upsert(upsert([ids[0]], op: 2), one).statuses == [.replaced])
  }

  @Test func aResentOpIsAnsweredAlikeAfterItsSlotMoved() throws {
    let op = upsert(ids, op: 1)
    let answer = try source.upsert(op, one)
    _ = try source.upsert(upsert(ids, op: 4, writer: 2), one)
    try begin()
    let (_, next) = try carry()
    try source.transfer(7, .freeze, one)
    try carry(from: next)
    _ = try flip()
    let again = try target.upsert(op, Epoch(2))
    #expect(again.isReplayed)
    #expect((again.statuses, again.versions) == (answer.statuses, answer.versions))
    #expect(refusal { () throws(WireError) in try target.upsert(upsert(ids, op: 3, writer: 2), Epoch(2)) } == .conflict)
  }

  /// The op concerned other slots of the source, and yet says that older ones are over.
  @Test func anOutdatedOpStaysOutdatedAfterItsSlotMoved() throws {
    let other = try #require(
      (1...9000 as ClosedRange<UInt64>).first { (9..<2048).contains(slot(of: ItemID($0)).rawValue) })
    _ = try source.upsert(upsert([ids[0]], op: 1), one)
    _ = try source.upsert(upsert([other], op: 2), one)
    try begin()
    let (_, next) = try carry()
    try source.transfer(7, .freeze, one)
    try carry(from: next)
    _ = try flip()
    #expect(refusal { () throws(WireError) in try target.upsert(upsert([ids[0]], op: 1), Epoch(2)) } == .conflict)
  }

  @Test func aRestartedSourceHasLostItsCopyAndStaysFrozen() throws {
    _ = try source.upsert(upsert(ids, op: 1), one)
    try begin()
    let (_, next) = try carry()
    try source.transfer(7, .freeze, one)
    try source.restart()
    #expect(refusal { () throws(WireError) in try source.transfer(7, .read(part: next), one) } == .unknownUpload)
    #expect(refusal { () throws(WireError) in try source.transfer(7, .beginSource(slots), one) } == .unknownUpload)
    #expect(refusal { () throws(WireError) in try source.upsert(upsert([ids[0]], op: 2), one) } == .slotFrozen)
    // Another begin, or an end, frees it.
    #expect(try source.transfer(8, .beginSource(slots), one).state == .copying)
    #expect(try source.upsert(upsert([ids[0]], op: 2), one).statuses == [.replaced])
  }

  @Test func aRestartedTargetGoesOnWithTheNextPart() throws {
    _ = try source.upsert(upsert(ids, op: 1), one)
    try begin()
    let first = try #require(try source.transfer(7, .read(part: 1), one).contents)
    try target.transfer(7, .write(part: 1, first), one)
    try target.restart()
    #expect(try target.transfer(7, .write(part: 1, first), one).part == 1)
    // What it has is not removed in the background, as a map may give it the slots at any moment.
    while try target.forgetSome(at: Instant(nanoseconds: 1)) {}
    #expect(target.itemCount == first.ids.count)
    let (_, next) = try carry(from: 2)
    try source.transfer(7, .freeze, one)
    try carry(from: next)
    _ = try flip()
    try target.restart()
    #expect(target.ownedItemCount == ids.count)
  }

  @Test func partsOutOfOrderAndForeignIdsAreRefused() throws {
    _ = try source.upsert(upsert(ids, op: 1), one)
    try begin()
    let first = try #require(try source.transfer(7, .read(part: 1), one).contents)
    #expect(refusal { () throws(WireError) in try target.transfer(7, .write(part: 2, first), one) } == .unknownUpload)
    #expect(refusal { () throws(WireError) in try target.transfer(6, .write(part: 1, first), one) } == .unknownUpload)
    #expect(refusal { () throws(WireError) in try source.transfer(7, .read(part: 3), one) } == .unknownUpload)
    #expect(refusal { () throws(WireError) in try source.transfer(7, .freeze, one) } == .conflict)
    var foreign = TransferPart(of: MachineShard.key)
    foreign.gone = [
      .init(id: try #require((1...9000 as ClosedRange<UInt64>).first { slot(of: ItemID($0)).rawValue > 8 }), version: 1)
    ]
    #expect(refusal { () throws(WireError) in try target.transfer(7, .write(part: 1, foreign), one) } == .notOwner)
    var unknown = first
    unknown.key = InstanceKey(name: "shop", generation: Generation(2))
    #expect(
      refusal { () throws(WireError) in try target.transfer(7, .write(part: 1, unknown), one) } == .unknownGeneration)
    try target.transfer(7, .write(part: 1, first), one)
    #expect(refusal { () throws(WireError) in try target.transfer(7, .read(part: 1), Epoch(2)) } == .staleEpoch)
    let (_, next) = try carry(from: 2)
    try source.transfer(7, .freeze, one)
    let (_, end) = try carry(from: next)
    _ = try flip()
    #expect(refusal { () throws(WireError) in try target.transfer(7, .write(part: end, first), Epoch(2)) } == .conflict)
  }

  @Test func slotsMustBeForeignAtTheTargetAndOwnAtTheSource() throws {
    #expect(refusal { () throws(WireError) in try source.transfer(7, .beginTarget(slots), one) } == .conflict)
    #expect(refusal { () throws(WireError) in try target.transfer(7, .beginSource(slots), one) } == .notOwner)
    try begin()
    let fewer = SlotSet(slots.slots.dropLast())
    #expect(refusal { () throws(WireError) in try target.transfer(7, .beginTarget(fewer), one) } == .conflict)
    #expect(refusal { () throws(WireError) in try source.transfer(7, .beginSource(fewer), one) } == .conflict)
  }

  @Test func aTransferWithTooManyChangesIsGivenUp() throws {
    let source = try MachineShard(0, map, changedItemsMax: 3)
    _ = try source.upsert(upsert(ids, op: 1), one)
    try source.transfer(7, .beginSource(slots), one)
    _ = try source.upsert(upsert(Array(ids.prefix(4)), op: 2), one)
    #expect(refusal { () throws(WireError) in try source.transfer(7, .read(part: 1), one) } == .limitExceeded)
    #expect(refusal { () throws(WireError) in try source.transfer(7, .read(part: 1), one) } == .unknownUpload)
    #expect(try source.upsert(upsert([ids[0]], op: 3), one).statuses == [.replaced])
  }

  @Test func theEarlierEpochIsAnsweredForAWhileAndThenItsRowsGo() throws {
    _ = try source.upsert(upsert(ids, op: 1), one)
    try begin()
    let (_, next) = try carry()
    try source.transfer(7, .freeze, one)
    try carry(from: next)
    let before = try source.seen(in: one, at: Instant(nanoseconds: 0))
    let next2 = try flip()
    let soon = Instant(nanoseconds: 2)
    #expect(try source.seen(in: one, at: soon) == before)
    #expect(try target.seen(in: one, at: soon).isEmpty)
    #expect(try source.got([ids[0]], in: one, at: soon) == [ids[0]])
    #expect(refusal { () throws(WireError) in try source.got([ids[0]], in: Epoch(2), at: soon) } == .notOwner)
    #expect(refusal { () throws(WireError) in try source.upsert(upsert(ids, op: 2), one) } == .staleEpoch)
    #expect(try source.forgetSome(at: soon) == false)
    try source.transfer(7, .end, Epoch(2))
    // The way back has to wait for the searches of the first epoch.
    try target.transfer(8, .beginSource(slots), Epoch(2))
    do throws(WireError) {
      try source.transfer(8, .beginTarget(slots), Epoch(2), at: soon)
      Issue.record("searches of epoch 1 are still answered")
    } catch {
      #expect(error.code == .slotFrozen)
      #expect(error.retryAfterMilliseconds == 1000)
    }
    let late = soon.advanced(microseconds: MachineShard.epochMicroseconds)
    #expect(refusal { () throws(WireError) in try source.seen(in: one, at: late) } == .staleEpoch)
    while try source.forgetSome(at: late) {}
    #expect(source.itemCount == 0)
    #expect(try source.transfer(8, .beginTarget(slots), Epoch(2), at: late).state == .target)
    #expect(next2.epoch == Epoch(2))
  }
}
