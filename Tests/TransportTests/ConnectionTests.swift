import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct ConnectionTests {
  @Test func callsAreAnswered() throws {
    try Stage.run { stage in
      let client = try await stage.client()
      let welcome = try #require(await client.welcome)
      #expect(welcome.role == .shard)
      #expect(welcome.credits == 256)
      #expect(welcome.features.contains(Features.echo))
      #expect(welcome.features.entries.count == 1)
      let reply = try await client.call(.rank, body: MessageBody([1, 2, 3]), budgetMicroseconds: 1_000_000)
      #expect(Array(reply.body) == [1, 2, 3])
      #expect(reply.epoch == Epoch(5))
      let echo = try await client.call(.echo, body: MessageBody([9]), budgetMicroseconds: 1_000_000)
      #expect(Array(echo.body) == [9])
      await #expect(throws: CallError.refused(WireError(.unknownOpcode))) {
        try await client.call(.get, body: .empty, budgetMicroseconds: 1_000_000)
      }
    }
  }

  @Test func requestsReachTheHandlerWhole() throws {
    let seen = Lock<InboundRequest?>(nil)
    var handler = ScriptedHandler()
    handler.script = { request in
      seen.withLock { $0 = request }
      return .reply(.empty)
    }
    try Stage.run(handler: handler) { stage in
      var configuration = ClientConfiguration(identity: NodeIdentity(role: .coordinator))
      configuration.limits = .peer
      let client = try await stage.client(configuration)
      let deadline = stage.later(250_000)
      let body = MessageBody((0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 1000) })
      _ = try await client.call(
        OutboundRequest(.upsert, body: body, deadline: deadline, epoch: Epoch(8), isRetry: true))
      let request = try #require(seen.withLock { $0 })
      #expect(request.opcode == .upsert)
      #expect(Array(request.body) == body.bytes)
      #expect(request.epoch == Epoch(8))
      #expect(request.isRetry)
      #expect(request.peerRole == .coordinator)
      #expect(request.arrival.microseconds(until: request.deadline) == 250_000)
    }
  }

  @Test(arguments: [1, 7, 4096]) func splitBytesChangeNothing(piece: Int) throws {
    var conditions = MemoryConditions()
    conditions.pieceBytesMax = piece
    conditions.delayMicroseconds = 10...200
    try Stage.run(conditions: conditions) { stage in
      let client = try await stage.client()
      let body = (0..<30_000).map { UInt8(truncatingIfNeeded: $0 / 300) }
      let sections = MessageBody([Section(.columns, body), Section(.raw, body), Section(.plain, [1, 2, 3])])
      let reply = try await client.call(.rank, body: sections, budgetMicroseconds: 10_000_000)
      #expect(Array(reply.body) == sections.bytes)
      let traffic = await client.traffic
      #expect(traffic.wireBytesOut < traffic.rawBytesOut)
      let server = await stage.server.snapshot()
      #expect(server.traffic.wireBytesIn == traffic.wireBytesOut)
      #expect(server.traffic.rawBytesOut == traffic.rawBytesIn)
      #expect(server.links.count == 1)
    }
  }

  @Test func repliesComeInAnyOrder() throws {
    let gate = Gate()
    let order = Lock<[UInt8]>([])
    var handler = ScriptedHandler()
    handler.script = { request in
      if request.body.first == 1 { await gate.wait() }
      return .reply(MessageBody(Array(request.body)))
    }
    try Stage.run(handler: handler) { stage in
      let client = try await stage.client()
      try await withThrowingTaskGroup { group in
        for number: UInt8 in 1...4 {
          group.addTask {
            let reply = try await client.call(.rank, body: MessageBody([number]), budgetMicroseconds: 1_000_000)
            order.withLock { $0.append(reply.body.first ?? 0) }
          }
        }
        await stage.sleep()
        gate.open()
        try await group.waitForAll()
      }
      #expect(order.withLock { $0 }.last == 1)
      #expect(order.withLock { $0 }.sorted() == [1, 2, 3, 4])
    }
  }

  @Test func creditsBoundWhatIsInFlight() throws {
    let running = Lock((now: 0, most: 0))
    let gate = Gate()
    var handler = ScriptedHandler()
    handler.script = { _ in
      running.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      await gate.wait()
      running.withLock { $0.now -= 1 }
      return .reply(.empty)
    }
    var configuration = ServerConfiguration()
    configuration.client.credits = 3
    try Stage.run(handler: handler, configuration: configuration) { stage in
      var own = ClientConfiguration(identity: NodeIdentity(role: .client))
      own.limits.waitingCallsMax = 5
      let client = try await stage.client(own)
      let full = Lock(0)
      try await withThrowingTaskGroup { group in
        for _ in 0..<10 {
          group.addTask {
            do throws(CallError) { _ = try await client.call(.rank, body: .empty, budgetMicroseconds: 1_000_000) } catch
            {
              #expect(error == .queueFull)
              full.withLock { $0 += 1 }
            }
          }
        }
        await stage.sleep()
        gate.open()
        try await group.waitForAll()
      }
      #expect(full.withLock { $0 } == 2)
      #expect(running.withLock { $0.most } == 3)
    }
  }

  @Test func cancellationReachesTheWork() throws {
    let gate = Gate()
    let seen = Lock<InboundRequest?>(nil)
    var handler = ScriptedHandler()
    handler.script = { request in
      seen.withLock { $0 = request }
      request.cancellation.onCancel { gate.open() }
      await gate.wait()
      return .failure(WireError(.internalFault))
    }
    try Stage.run(handler: handler) { stage in
      let client = try await stage.client()
      await withTaskGroup { group in
        group.addTask {
          await #expect(throws: CallError.cancelled) {
            try await client.call(.rank, body: .empty, budgetMicroseconds: 60_000_000)
          }
        }
        await stage.sleep()
        #expect(seen.withLock { $0?.isCancelled } == false)
        group.cancelAll()
      }
      await stage.sleep()
      #expect(seen.withLock { $0?.isCancelled } == true)
      #expect(await client.lateReplyCount == 1)
      let snapshot = await stage.server.snapshot()
      #expect(snapshot.errorsSent == [.cancelled: 1])
      #expect(snapshot.links.first?.requestsInFlight == 0)
    }
  }

  @Test func ourOwnDeadlineEndsACall() throws {
    let gate = Gate()
    var handler = ScriptedHandler()
    handler.script = { request in
      request.cancellation.onCancel { gate.open() }
      await gate.wait()
      return .reply(.empty)
    }
    try Stage.run(handler: handler) { stage in
      let client = try await stage.client()
      let start = stage.executor.clock.now()
      await #expect(throws: CallError.deadlineExceeded) {
        try await client.call(.rank, body: .empty, budgetMicroseconds: 300_000)
      }
      #expect(start.microseconds(until: stage.executor.clock.now()) == 300_000)
      await stage.sleep()
      #expect(await client.callCount == 0)
      #expect(await client.lateReplyCount == 1)
    }
  }

  @Test func aDrainAnswersWhatIsInFlight() throws {
    let gate = Gate()
    var handler = ScriptedHandler()
    handler.script = { _ in
      await gate.wait()
      return .reply(MessageBody([7]))
    }
    try Stage.run(handler: handler) { stage in
      let goingAway = Lock(false)
      let client = try await stage.client { if case .goingAway = $0 { goingAway.withLock { $0 = true } } }
      async let reply = client.call(.rank, body: .empty, budgetMicroseconds: 5_000_000)
      await stage.sleep()
      async let drained: Void = stage.server.drain()
      await stage.sleep(1000)
      #expect(goingAway.withLock { $0 })
      await #expect(throws: CallError.connectionLost(.drained, notExecuted: true)) {
        try await client.call(.rank, body: .empty, budgetMicroseconds: 1_000_000)
      }
      gate.open()
      #expect(try await Array(reply.body) == [7])
      await drained
      let snapshot = await stage.server.snapshot()
      #expect(snapshot.connectionCount == 0)
      #expect(snapshot.traffic.framesIn > 0)
    }
  }

  @Test func aDrainEndsInItsTime() throws {
    var handler = ScriptedHandler()
    handler.script = { request in
      let gate = Gate()
      request.cancellation.onCancel { gate.open() }
      await gate.wait()
      return .reply(.empty)
    }
    var configuration = ServerConfiguration()
    configuration.client.drainMicroseconds = 2_000_000
    try Stage.run(handler: handler, configuration: configuration) { stage in
      let client = try await stage.client()
      async let error = Result { () async throws(CallError) in
        try await client.call(.rank, body: .empty, budgetMicroseconds: 60_000_000)
      }
      await stage.sleep()
      let start = stage.executor.clock.now()
      await stage.server.drain()
      #expect(start.microseconds(until: stage.executor.clock.now()) == 2_000_000)
      guard case .failure(.connectionLost(_, notExecuted: false)) = await error else {
        Issue.record("the call survived its server")
        return
      }
    }
  }

  @Test func aResetEndsCallsAsIndefinite() throws {
    let gate = Gate()
    var handler = ScriptedHandler()
    handler.script = { _ in
      await gate.wait()
      return .reply(.empty)
    }
    try Stage.run(handler: handler) { stage in
      let client = try await stage.client()
      async let error = Result { () async throws(CallError) in
        try await client.call(.upsert, body: .empty, budgetMicroseconds: 60_000_000)
      }
      await stage.sleep()
      stage.network.reset(Stage.address)
      guard case .failure(let lost) = await error else {
        Issue.record("the call survived its link")
        return
      }
      #expect(lost.errorClass == [.retriable, .indefinite])
      gate.open()
    }
  }

  @Test func oneConnectionTooManyIsClosed() throws {
    var configuration = ServerConfiguration()
    configuration.connectionsMax = 1
    try Stage.run(configuration: configuration) { stage in
      let first = try await stage.client()
      await #expect(throws: CloseReason.self) { _ = try await stage.client() }
      await first.close()
      await stage.sleep(1000)
      _ = try await stage.client()
      let snapshot = await stage.server.snapshot()
      #expect(snapshot.refusedCount == 1)
      #expect(snapshot.acceptedCount == 3)
    }
  }

  @Test func strangersAreCounted() throws {
    try Stage.run { stage in
      for text in ["", "GET / HTTP/1.1\r\n", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}", "PING\r\n"] {
        let peer = try await RawPeer.open(on: stage)
        if !text.isEmpty { await peer.send(Array(text.utf8)) }
        await stage.sleep()
        if text.isEmpty { await peer.finish() }
        await stage.sleep(1000)
        #expect(await peer.bytes.isEmpty)
        #expect(await peer.ends.isEmpty == false)
      }
      await stage.sleep(11_000_000)
      let snapshot = await stage.server.snapshot()
      #expect(snapshot.emptyCount == 1)
      #expect(snapshot.misdirectedCounts == [.http: 1, .tls: 1, .other: 1])
      #expect(snapshot.connectionCount == 0)
    }
  }

  /// Row 81 of the hostile catalogue.
  @Test func theMemoryBudgetCountsEveryRequestOnceUntilItsEnd() {
    var configuration = ServerConfiguration()
    configuration.requestBytesMax = 2000
    let driver = ExchangeDriver(configuration)
    driver.receive(RawFrame.hello().bytes)
    let half = [UInt8](repeating: 7, count: 200)
    func send(_ id: UInt64, microseconds: UInt32 = 1_000_000) {
      for flags: FrameFlags in [[], [.continuation, .fin]] {
        driver.receive(RawFrame(opcode: .search, flags: flags, id: id, microseconds: microseconds, payload: half).bytes)
      }
    }
    send(1, microseconds: 0)
    #expect(driver.memory.usedByteCount == 0, "a refused request is released once")
    send(3)
    send(5)
    #expect(driver.memory.usedByteCount == 800, "requests in work count")
    send(7)
    #expect(driver.words == ["WELCOME", "1 BAD_DEADLINE", "7 MEMORY_BUDGET"])
    driver.finish(3)
    #expect(driver.memory.usedByteCount == 400)
    driver.peerFinishes()
    driver.finish(5)
    #expect(driver.memory.usedByteCount == 0)
  }

  @Test func anAnswerLongerThanAMessageEndsItsRequestAlone() {
    var configuration = ServerConfiguration()
    configuration.client.messageBytesMax = 1000
    let driver = ExchangeDriver(configuration)
    driver.receive(RawFrame.hello().bytes)
    for id: UInt64 in [1, 3, 5] { driver.receive(RawFrame(opcode: .search, id: id).bytes) }
    driver.finish(1, MessageBody([UInt8](repeating: 7, count: 1001)))
    driver.finish(3, MessageBody([UInt8](repeating: 7, count: 1000)))
    driver.finish(5)
    #expect(driver.words == ["WELCOME", "1 LIMIT_EXCEEDED", "reply 3", "reply 5"])
  }

  @Test func aClientThatDoesNotReadIsPausedAndThenCut() throws {
    var handler = ScriptedHandler()
    handler.script = { _ in .reply(MessageBody([UInt8](repeating: 7, count: 100_000), hint: .raw)) }
    var configuration = ServerConfiguration()
    configuration.client.outputBytesSoft = 1 << 20
    configuration.client.outputBytesHard = 2 << 20
    try Stage.run(handler: handler, configuration: configuration) { stage in
      let peer = try await RawPeer.open(on: stage)
      await peer.send(RawFrame.hello().bytes)
      await peer.pauseReading()
      for number in 0..<100 {
        await peer.send(RawFrame(id: UInt64(2 * number + 1), microseconds: 60_000_000).bytes)
        await stage.sleep(10)
      }
      let paused = await stage.server.snapshot()
      #expect(paused.connectionCount == 1)
      #expect(paused.traffic.framesIn < 20)
      await stage.sleep(11_000_000)
      let cut = await stage.server.snapshot()
      #expect(cut.connectionCount == 0)
      #expect(cut.slowReaderCount == 1)
      #expect(cut.traffic.wireBytesOut < 3 << 20)
    }
  }
}

extension Result where Failure == CallError, Success: Sendable {
  /// What a call came to.
  init(_ body: () async throws(CallError) -> Success) async {
    do throws(CallError) { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
