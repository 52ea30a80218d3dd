import Support
import Testing
import Transport
import Vocabulary
import Wire

@testable import WinnowClient

/// A client that waits for a cluster that has no room, as verbs of many calls do.
struct PatienceTests {
  private static let metrics = Outcome.reply(MetricsResponse(text: "winnow 1\n").body)

  @Test(arguments: [ErrorCode.overloaded, .memoryBudget, .expiredInQueue, .slotFrozen])
  func callIsMadeAgainUntilThereIsRoom(code: ErrorCode) throws {
    let told = Lock<[String]>([])
    let (texts, count, microseconds) = try ScriptedServer.run { _, count in
      (2..<60).contains(count)
        ? .failure(WireError(code, retryAfterMilliseconds: 20, message: "no room for more")) : Self.metrics
    } body: { client, server, executor in
      let patient = client.waiting(atMost: .seconds(300)) { error in told.withLock { $0.append(error.description) } }
      let start = executor.clock.now()
      var texts: [String] = []
      for _ in 0..<5 { texts.append(try await patient.metrics()) }
      return (texts, server.count, start.microseconds(until: executor.clock.now()))
    }
    #expect(texts == Array(repeating: "winnow 1\n", count: 5) && count == 63)
    let waits = told.withLock { $0 }
    #expect(!waits.isEmpty && waits.allSatisfy { $0 == "\(code.name): no room for more" })
    // The waits grow, so that 58 refusals take seconds and are no storm.
    #expect(microseconds > 5_000_000)
  }

  @Test func waitThatIsInVainEndsAndSaysWhy() throws {
    let (error, microseconds) = try ScriptedServer.run { _, _ in
      .failure(WireError(.overloaded, retryAfterMilliseconds: 20, message: "the queue is full"))
    } body: { client, _, executor in
      let start = executor.clock.now()
      let patient = client.waiting(atMost: .seconds(30))
      let error = await CallTests.error { () throws(WinnowError) in _ = try await patient.metrics() }
      return (error, start.microseconds(until: executor.clock.now()))
    }
    #expect(error?.name == "OVERLOADED" && error?.message == "the queue is full")
    #expect((29_000_000...40_000_000).contains(microseconds))
  }

  /// What more time does not mend is told at once, also by a client that waits.
  @Test(arguments: [ErrorCode.conflict, .noReplica, .unknownCollection, .storageFull, .shuttingDown])
  func otherRefusalsAreTold(code: ErrorCode) throws {
    let (error, microseconds) = try ScriptedServer.run { _, _ in
      .failure(WireError(code, message: "no"))
    } body: { client, _, executor in
      let start = executor.clock.now()
      let patient = client.waiting(atMost: .seconds(300))
      let error = await CallTests.error { () throws(WinnowError) in _ = try await patient.metrics() }
      return (error, start.microseconds(until: executor.clock.now()))
    }
    #expect(error?.name == code.name)
    #expect(microseconds < 1_000_000)
  }

  @Test func modelArrivesThroughAServerThatRefusesTwoOfThreeCalls() throws {
    let sizes = Lock<[UInt64]>([])
    let bytes = [UInt8](repeating: 7, count: 3 << 20)
    let description = try ScriptedServer.run { request, count in
      guard count % 9 == 0, let load = try? ModelLoadRequest(body: request.body, version: request.bodyVersion) else {
        return .failure(WireError(.overloaded, retryAfterMilliseconds: 5))
      }
      guard case .chunk(_, _, let offset, let part) = load.step else {
        return .reply(ModelLoadResponse(received: 0, model: 9).body(version: request.bodyVersion))
      }
      let received = offset + UInt64(part.count)
      sizes.withLock { $0.append(received) }
      return .reply(ModelLoadResponse(received: received).body(version: request.bodyVersion))
    } body: { client, _, _ in
      try await client.waiting(atMost: .seconds(300)).loadModel(
        ModelFiles(manifest: [1], weights: bytes), into: "shop")
    }
    #expect(description.model == 9)
    #expect(sizes.withLock { $0 } == [1, 1 << 20, 2 << 20, 3 << 20])
  }
}
