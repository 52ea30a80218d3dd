import Support
import Testing
import Transport
import Vocabulary
import Wire

@testable import WinnowClient

struct CallTests {
  @Test func readIsMadeAgainWhileTheServerIsOverloaded() throws {
    let (text, count) = try ScriptedServer.run { _, count in
      count < 3
        ? .failure(WireError(.overloaded, retryAfterMilliseconds: 20))
        : .reply(MetricsResponse(text: "winnow 1\n").body)
    } body: { client, server, executor in
      let text = try await client.metrics()
      #expect(executor.clock.now() >= Instant(nanoseconds: 40_000_000))
      return (text, server.count)
    }
    #expect(text == "winnow 1\n")
    #expect(count == 3)
  }

  @Test func thirdFailureIsTold() throws {
    let (error, count) = try ScriptedServer.run { _, _ in
      .failure(WireError(.overloaded, message: "the queue is full"))
    } body: { client, server, _ in
      let error = await Self.error { () throws(WinnowError) in _ = try await client.metrics() }
      return (error, server.count)
    }
    #expect(count == 3)
    #expect(error?.name == "OVERLOADED")
    #expect(error?.kind == .refused)
    #expect(error?.attempts == 3)
    #expect(error?.message == "the queue is full")
  }

  @Test func readIsNotRepeatedInWhatADeadlineLeft() throws {
    let count = try ScriptedServer.run { _, _ in
      .failure(WireError(.deadlineExceeded, message: "the shards were not asked in time"))
    } body: { client, server, _ in
      let error = await Self.error { () throws(WinnowError) in
        _ = try await client.rank(RankQuery(collection: "shop"))
      }
      #expect(error?.message == "the shards were not asked in time")
      return server.count
    }
    #expect(count == 1)
  }

  @Test func answerOfNoShardIsNoAnswer() throws {
    let answer = { (change: (inout Wire.RankReport) -> Void) -> RankResponse in
      var report = Wire.RankReport()
      report.shardCount = 2
      report.missing = [
        .init(shard: ShardID(0), slots: 2048, cause: .timedOut),
        .init(shard: ShardID(1), slots: 2048, cause: .unreachable),
      ]
      change(&report)
      let results = RankResults(
        isExact: false, isRanked: false, rerankedCount: 0, ids: [], retrievalScores: [], logits: [],
        attributes: .empty(rowCount: 0))
      return RankResponse(results: results, report: report)
    }
    let late = answer { _ in }
    let searched = answer { $0.scanned = 5 }
    let covered = answer { $0.coverage = 500_000 }
    let unreachable = answer { $0.missing.removeFirst() }
    let errors = try [late, searched, covered, unreachable].map { outcome in
      try ScriptedServer.run { request, _ in
        .reply(outcome.body(version: request.bodyVersion))
      } body: { client, _, _ in
        await Self.error { () throws(WinnowError) in _ = try await client.rank(RankQuery(collection: "shop")) }
      }
    }
    #expect(errors[0]?.kind == .timedOut && errors[0]?.message.contains("before any shard") == true)
    #expect(errors[1] == nil && errors[2] == nil && errors[3] == nil)
  }

  @Test func coverageThatIsNotMetIsFinal() throws {
    let count = try ScriptedServer.run { _, _ in
      .failure(WireError(.coverageNotMet, message: "shard 2 unreachable"))
    } body: { client, server, _ in
      let error = await Self.error { () throws(WinnowError) in
        _ = try await client.rank(RankQuery(collection: "shop"))
      }
      #expect(error?.name == "COVERAGE_NOT_MET" && error?.isRetriable == false)
      #expect(error?.message == "shard 2 unreachable")
      return server.count
    }
    #expect(count == 1)
  }

  @Test func dropIsNotRepeatedWhenItMayHaveHappened() throws {
    let count = try ScriptedServer.run { _, _ in
      .failure(WireError(.internalFault))
    } body: { client, server, _ in
      let error = await Self.error { () throws(WinnowError) in _ = try await client.dropCollection("shop") }
      #expect(error?.name == "INTERNAL")
      #expect(error?.isIndefinite == true)
      return server.count
    }
    #expect(count == 1)
  }

  @Test func indefiniteWriteIsSentAgainUnchanged() throws {
    let seen = Lock<[(DeleteRequest?, Bool)]>([])
    let outcome = try ScriptedServer.run { request, count in
      seen.withLock { $0.append((try? DeleteRequest(body: Array(request.body)), request.isRetry)) }
      let answer = WriteResponse(durability: .memory, isReplayed: count > 1, statuses: [.deleted], versions: [4])
      return count == 1 ? .failure(WireError(.internalFault)) : .reply(answer.body(version: request.bodyVersion))
    } body: { client, _, _ in
      try await client.delete([ItemID(9)], from: "shop")
    }
    #expect(outcome.statuses == [.deleted])
    let requests = seen.withLock { $0 }
    #expect(requests.count == 2)
    #expect(requests[0].0 == requests[1].0)
    #expect(requests[0].0 != nil)
    #expect(requests.map(\.1) == [false, true])
  }

  @Test func itemsOfAShardThatDidNotAnswerAreSentAgain() throws {
    let (outcome, count) = try ScriptedServer.run { request, count in
      let statuses: [WriteResponse.Status] = count == 1 ? [.deleted, .unknown] : [.deleted, .deleted]
      return .reply(
        WriteResponse(durability: .memory, isReplayed: false, statuses: statuses, versions: [1, 1]).body(
          version: request.bodyVersion))
    } body: { client, server, _ in
      (try await client.delete([ItemID(1), ItemID(2)], from: "shop"), server.count)
    }
    #expect(outcome.isSettled)
    #expect(count == 2)
  }

  @Test func writeThatMayHaveHappenedOnceStaysInDoubt() throws {
    let outcome = try ScriptedServer.run { _, count in
      .failure(WireError(count == 1 ? .internalFault : .noReplica))
    } body: { client, _, _ in
      await Self.error { () throws(WinnowError) in _ = try await client.delete([ItemID(9)], from: "shop") }
    }
    #expect(outcome?.name == "NO_REPLICA")
    #expect(outcome?.isIndefinite == true)
  }

  @Test func itemThatMayHaveBeenWrittenIsNotToldAsNotExecuted() throws {
    let outcome = try ScriptedServer.run { request, count in
      guard count > 1 else { return .failure(WireError(.internalFault)) }
      return .reply(
        WriteResponse(
          durability: .memory, isReplayed: false, statuses: [.deleted, .notExecuted], versions: [1, 0]
        ).body(version: request.bodyVersion))
    } body: { client, _, _ in
      try await client.delete([ItemID(1), ItemID(2)], from: "shop")
    }
    #expect(outcome.statuses == [.deleted, .unknown])
  }

  @Test func whatOneAttemptWasToldOutlivesTheNext() throws {
    let answers: [WriteResponse.Status] = [.deleted, .notExecuted, .unknown]
    for last in [WireError(.noReplica), nil] {
      let outcome = try ScriptedServer.run { request, count in
        if count > 1, let last { return .failure(last) }
        return .reply(
          WriteResponse(
            durability: .memory, isReplayed: false, copies: count == 1 ? 2 : 3,
            statuses: count == 1 ? answers : [.notExecuted, .deleted, .notExecuted],
            versions: count == 1 ? [5, 0, 0] : [0, 6, 0]
          ).body(version: request.bodyVersion))
      } body: { client, _, _ in
        try await client.delete([ItemID(1), ItemID(2), ItemID(3)], from: "shop")
      }
      #expect(outcome.statuses == (last == nil ? [.deleted, .deleted, .unknown] : [.deleted, .notExecuted, .unknown]))
      #expect(outcome.versions == (last == nil ? [5, 6, 0] : [5, 0, 0]))
      // The fewest that any of the answers told of.
      #expect(outcome.copies == 2)
    }
  }

  @Test func budgetEndsACallThatNobodyAnswers() throws {
    try ScriptedServer.run { request, _ in
      await ManualExecutor().sleep(until: Instant(nanoseconds: 1))
      return .failure(WireError(.cancelled))
    } body: { client, _, executor in
      let error = await Self.error { () throws(WinnowError) in _ = try await client.metrics(timeout: .microseconds(200))
      }
      #expect(error?.kind == .timedOut)
      #expect(executor.clock.now() <= Instant(nanoseconds: 2_000_000_000))
    }
  }

  @Test func nobodyListeningIsUnreachable() throws {
    let executor = ManualExecutor()
    let network = MemoryNetwork(executor: executor, random: SeededRandomSource(seed: 1))
    let caller = PooledCaller(
      address: "nobody:1", options: ClientOptions(), network: network, executor: executor,
      random: SeededRandomSource(seed: 1))
    let client = WinnowClient(
      address: "nobody:1", caller: caller, executor: executor, random: SeededRandomSource(seed: 1))
    let error = try executor.run {
      await Self.error { () throws(WinnowError) in _ = try await client.status() }
    }
    #expect(error?.kind == .unreachable)
    #expect(error?.message == "no connection: refused")
  }

  @Test func queryThatDoesNotFitItsFieldsIsNotSent() throws {
    let count = try ScriptedServer.run { _, _ in
      .failure(WireError(.internalFault))
    } body: { client, server, _ in
      for query in [
        RankQuery(collection: "Shop"), RankQuery(collection: "shop", k: 0),
        RankQuery(collection: "shop", k: 10, depth: 9),
      ] {
        let error = await Self.error { () throws(WinnowError) in _ = try await client.rank(query) }
        #expect(error?.kind == .invalid)
      }
      return server.count
    }
    #expect(count == 0)
  }

  @Test func answerComesInPlainStructs() throws {
    let answer = try ScriptedServer.run { request, _ in
      guard let asked = try? RankRequest(body: Array(request.body), version: request.bodyVersion),
        asked.user == UserID(3),
        asked.filter == "price < 9"
      else { return .failure(WireError(.malformedBody)) }
      var report = Wire.RankReport()
      report.coverage = 750_000
      report.missing = [.init(shard: ShardID(2), slots: 1024, cause: .restartedEmpty)]
      let table = AttributeTable(
        rows: [[.keyword("tents")], [nil]], definitions: [AttributeDefinition(name: "category", type: .keyword)])
      let results = RankResults(
        isExact: true, isRanked: true, rerankedCount: 1, ids: [5, 4], retrievalScores: [0.5, 0.75], logits: [0, 0],
        attributes: table)
      return .reply(RankResponse(results: results, report: report).body(version: request.bodyVersion))
    } body: { client, _, _ in
      var query = RankQuery(collection: "shop", k: 2)
      query.user = UserID(3)
      query.filter = "price < 9"
      query.attributes = .named(["category"])
      return try await client.rank(query)
    }
    #expect(answer.results.map(\.item) == [ItemID(5), ItemID(4)])
    #expect(answer.results.map(\.logit) == [0, nil])
    #expect(answer.results[0].probability == 0.5)
    #expect(answer.results[0].attributes == [NamedAttribute(name: "category", value: .keyword("tents"))])
    #expect(answer.report.missing.map(\.cause) == ["restarted empty; feed it again"])
    #expect(!answer.report.isComplete)
  }

  @Test func modelTravelsInOrderAndIsCommittedByItsHash() throws {
    let received = Lock<[UInt8: [UInt8]]>([:])
    let files = ModelFiles(
      manifest: Array("{}".utf8), weights: (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0) }, users: [])
    let progress = Lock<[Int]>([])
    let model = try ScriptedServer.run { request, _ in
      guard let step = try? ModelLoadRequest(body: Array(request.body)).step else {
        return .failure(WireError(.malformedBody))
      }
      switch step {
      case .chunk(let file, _, let offset, let bytes):
        let count = received.withLock { received -> Int? in
          guard received[file.rawValue, default: []].count == Int(offset) else { return nil }
          received[file.rawValue, default: []] += bytes
          return Int(offset) + bytes.count
        }
        guard let count else { return .failure(WireError(.unknownUpload)) }
        return .reply(ModelLoadResponse(received: UInt64(count)).body(version: request.bodyVersion))
      case .commit(let hash):
        let done = ModelLoadResponse(received: 0, model: UInt64(hash[0]), users: 0, parameters: 9)
        return .reply(done.body(version: request.bodyVersion))
      case .abort: return .failure(WireError(.unknownUpload))
      }
    } body: { client, _, _ in
      try await client.loadModel(files, into: "shop") { arrived in progress.withLock { $0.append(arrived) } }
    }
    #expect(model.parameters == 9)
    #expect(received.withLock { $0[2] } == files.weights)
    #expect(progress.withLock { $0.last } == files.byteCount)
    #expect(progress.withLock { $0.count } == 4)
  }

  static func error(_ body: () async throws(WinnowError) -> Void) async -> WinnowError? {
    do throws(WinnowError) {
      try await body()
      return nil
    } catch {
      return error
    }
  }
}
