import CoordinatorNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct MachineTests {
  private func candidate(_ score: Float, _ id: UInt64) -> Candidate {
    guard let score = Score(score) else { preconditionFailure("not finite") }
    return Candidate(score: score, itemID: ItemID(id))
  }

  @Test func mergeDropsAndCountsDuplicates() {
    let merge = Merge(
      [[[candidate(3, 1), candidate(1, 2)]], [[candidate(3, 1)], [], [candidate(2, 3), candidate(1, 4)]]], limit: 3)
    #expect(merge.entries.map(\.candidate.itemID.rawValue) == [1, 3, 2])
    #expect(merge.duplicateCount == 1)
    #expect(merge.entries[1].part == 2 && merge.entries[1].row == 0)
    #expect(merge.rank(of: candidate(2, 3)) == 2)
    #expect(merge.rank(of: candidate(2, 2)) == 1)
  }

  @Test func timeIsSharedOutInOrder() {
    let now = Instant(nanoseconds: 5_000)
    for budget in [0, 1, 100, 10_000, 1_000_000, 60_000_000] as [UInt64] {
      for reranks in [false, true] {
        let deadline = now.advanced(microseconds: budget)
        let split = DeadlineSplit(now: now, deadline: deadline, reranks: reranks)
        #expect(split.historyEnd <= split.sessionEnd)
        #expect(split.sessionEnd <= split.proofStart && split.proofStart <= split.gatherEnd)
        #expect(split.gatherEnd <= split.rerankEnd && split.rerankEnd <= deadline)
        #expect(budget < 100 || split.rerankEnd < deadline)
        #expect(budget < 100 || !reranks || split.gatherEnd < split.rerankEnd)
      }
    }
  }

  @Test func catalogueSurvivesItsBytes() throws {
    let schema = try #require(
      CollectionSchema(
        embeddingDimension: 4, rerankDimension: 2, attributes: [AttributeDefinition(name: "brand", type: .keyword)]))
    var catalogue = CollectionCatalogue(incarnation: Bytes16(low: 1, high: 2))
    let record = CollectionCatalogue.Record(
      generation: try catalogue.takeGeneration(), schema: schema, modelHash: [UInt8](repeating: 7, count: 32),
      complete: [ShardID(0): Bytes16(low: 3, high: 4), ShardID(2): Bytes16(low: 5, high: 6)])
    let other = CollectionCatalogue.Record(generation: try catalogue.takeGeneration(), schema: schema)
    catalogue.collections["a"] = .init(active: record)
    catalogue.collections["b"] = .init(active: other, staged: record, previous: record)
    catalogue.collections["b"]?.hasEvents = true
    catalogue.pendingDrops[ShardID(1)] = [
      InstanceKey(name: "old", generation: Generation(3)), InstanceKey(name: "old", generation: Generation(2)),
    ]
    #expect(try CollectionCatalogue(bytes: catalogue.bytes) == catalogue)
    for count in catalogue.bytes.indices {
      #expect(throws: WireError.self) { try CollectionCatalogue(bytes: Array(catalogue.bytes.prefix(count))) }
    }
  }

  // MARK: Uploads

  @Test func chunksHaveToFollowOneAnother() throws {
    var uploads = Uploads()
    let now = Instant(nanoseconds: 0)
    let judge = { (uploads: inout Uploads, offset: UInt64, count: Int, total: UInt64) throws(WireError) in
      try uploads.judge(1, "shop", .weights, total: total, offset: offset, count: count, at: now)
    }
    var code = code { () throws(WireError) in _ = try judge(&uploads, 10, 5, 20) }
    #expect(code == .unknownUpload, "an upload begins at 0")
    #expect(try judge(&uploads, 0, 10, 20) == .append)
    #expect(uploads.appended(1, .weights, count: 10) == 10)
    #expect(try judge(&uploads, 0, 10, 20) == .repeated(received: 10))
    code = self.code { () throws(WireError) in _ = try judge(&uploads, 15, 5, 20) }
    #expect(code == .unknownUpload)
    code = self.code { () throws(WireError) in _ = try judge(&uploads, 5, 10, 20) }
    #expect(code == .unknownUpload, "half a repeat is no repeat")
    code = self.code { () throws(WireError) in _ = try judge(&uploads, 10, 10, 21) }
    #expect(code == .malformedBody)
    #expect(try judge(&uploads, 10, 10, 20) == .append)
    #expect(uploads.appended(1, .weights, count: 10) == 20)
    let upload = try uploads.take(1, "shop")
    #expect(!upload.isWhole, "there is no manifest")
  }

  @Test func uploadsAreFewAndForgotten() throws {
    var uploads = Uploads()
    let now = Instant(nanoseconds: 0)
    for number in 1...4 as ClosedRange<UInt64> {
      #expect(try uploads.judge(number, "shop", .manifest, total: 9, offset: 0, count: 1, at: now) == .append)
    }
    let code = code { () throws(WireError) in
      _ = try uploads.judge(5, "shop", .manifest, total: 9, offset: 0, count: 1, at: now)
    }
    #expect(code == .overloaded)
    let later = now.advanced(microseconds: Uploads.lifetimeMicroseconds)
    _ = try uploads.judge(4, "shop", .users, total: 9, offset: 0, count: 1, at: later)
    #expect(uploads.expire(at: later) == [1, 2, 3])
    #expect(try uploads.judge(5, "shop", .manifest, total: 9, offset: 0, count: 1, at: later) == .append)
  }

  // MARK: Feeds

  @Test func feedCompletesOnlyTheDataThatItBeganWith() throws {
    var feeds = Feeds()
    let now = Instant(nanoseconds: 0)
    let old = [ShardID(0): Bytes16(low: 1, high: 0), ShardID(1): Bytes16(low: 2, high: 0)]
    try feeds.begin(7, "shop", incarnations: old, at: now)
    let present = [
      ShardID(0): Bytes16(low: 1, high: 0), ShardID(1): Bytes16(low: 9, high: 0), ShardID(2): Bytes16(low: 3, high: 0),
    ]
    #expect(try feeds.complete(7, "shop", incarnations: present, at: now) == [ShardID(0): Bytes16(low: 1, high: 0)])
    for (number, name, instant) in [
      (8, "shop", now), (7, "other", now), (7, "shop", now.advanced(microseconds: Feeds.lifetimeMicroseconds)),
    ] as [(UInt64, String, Instant)] {
      let code = code { () throws(WireError) in
        _ = try feeds.complete(number, name, incarnations: present, at: instant)
      }
      #expect(code == .unknownUpload)
    }
  }

  @Test func feedsAreBounded() throws {
    var feeds = Feeds()
    let now = Instant(nanoseconds: 0)
    for number in 1...64 as ClosedRange<UInt64> { try feeds.begin(number, "shop", incarnations: [:], at: now) }
    let code = code { () throws(WireError) in try feeds.begin(65, "shop", incarnations: [:], at: now) }
    #expect(code == .overloaded)
    _ = try feeds.complete(3, "shop", incarnations: [:], at: now)
    try feeds.begin(65, "shop", incarnations: [:], at: now)
  }

  // MARK: Writes

  private func answer(_ statuses: [WriteResponse.Status], isReplayed: Bool = false, copies: UInt8 = 1) -> WriteResponse
  {
    WriteResponse(
      durability: .memory, isReplayed: isReplayed, copies: copies, statuses: statuses,
      versions: statuses.indices.map { UInt64($0 + 1) })
  }

  @Test func writeTellsWhatBecameOfEachItem() throws {
    let lost = CallError.connectionLost(.closed, notExecuted: false)
    let response = try WriteMerge(
      itemCount: 5,
      parts: [
        ([0, 3], .success(answer([.inserted, .replaced]))), ([1], .failure(.unreachable("away"))),
        ([2, 4], .failure(lost)), ([], .success(answer([], copies: 3))),
      ]
    ).response()
    #expect(response.statuses == [.inserted, .notExecuted, .unknown, .replaced, .unknown])
    #expect(response.versions == [1, 0, 0, 2, 0])
    #expect(!response.isReplayed)
    // The fewest of those that have answered.
    #expect(response.copies == 1)
  }

  @Test func writeFailsOnlyIfNothingWasExecuted() {
    let conflict = CallError.refused(WireError(.conflict))
    let away = CallError.unreachable("away")
    for (failures, expected) in [
      ([away, away], ErrorCode.noReplica), ([conflict, away], .conflict),
      ([.refused(WireError(.staleEpoch)), .refused(WireError(.staleEpoch))], .staleEpoch),
    ] as [([CallError], ErrorCode)] {
      let merge = WriteMerge(itemCount: 2, parts: failures.enumerated().map { ([$0], .failure($1)) })
      #expect(code { () throws(WireError) in _ = try merge.response() } == expected)
    }
    let unknown = WriteMerge(itemCount: 2, parts: [([0], .failure(away)), ([1], .failure(.deadlineExceeded))])
    #expect(code { () throws(WireError) in _ = try unknown.response() } == nil)
  }

  private func code(_ body: () throws(WireError) -> Void) -> ErrorCode? {
    do throws(WireError) {
      try body()
      return nil
    } catch {
      return error.code
    }
  }
}
