import Support
import Testing
import Transport
import Vocabulary
import Wire

/// The memory of requests is shared so that a connection which holds little is not refused for what others hold.
struct RequestMemoryTests {
  /// The errors that a peer has got, by request id; 0: of the connection.
  private static func errors(_ peer: RawPeer) async -> [UInt64: ErrorCode] {
    var assembler = FrameAssembler(payloadWireBytesMax: 1 << 20)
    assembler.append(await peer.bytes, at: Instant(nanoseconds: 0))
    var errors: [UInt64: ErrorCode] = [:]
    while true {
      switch assembler.next(at: Instant(nanoseconds: 0)) {
      case .header: continue
      case .frame(let header, let payload):
        guard header.flags.contains(.error) || header.opcode == .error else { continue }
        errors[header.requestID] = try? WireError(from: Array(payload)[...]).code
      case .needsBytes, .fault: return errors
      }
    }
  }

  private static func open(_ stage: Stage) async throws -> RawPeer {
    let peer = try await RawPeer.open(on: stage)
    await peer.send(RawFrame.hello().bytes)
    await stage.sleep()
    return peer
  }

  private static func part(_ id: UInt64, _ count: Int, _ flags: FrameFlags = []) -> [UInt8] {
    RawFrame(opcode: .upsert, flags: flags, id: id, payload: [UInt8](repeating: 7, count: count)).bytes
  }

  @Test func theConnectionThatHoldsTheMostGivesUpItsLargestMessage() throws {
    var configuration = ServerConfiguration()
    configuration.requestBytesMax = 1_000_000
    try Stage.run(configuration: configuration) { stage in
      let greedy = try await Self.open(stage)
      await greedy.send(Self.part(1, 100_000) + Self.part(3, 280_000))
      await stage.sleep()
      let modest = try await Self.open(stage)
      await modest.send(Self.part(1, 130_000))
      await stage.sleep(1000)
      #expect(await Self.errors(greedy) == [3: .memoryBudget])
      // Its other message goes on, and so does that of the other connection.
      await greedy.send(Self.part(1, 10, [.continuation, .fin]))
      await modest.send(Self.part(1, 10, [.continuation, .fin]))
      await stage.sleep(1000)
      #expect(await Self.errors(modest).isEmpty)
      #expect(await Self.errors(greedy) == [3: .memoryBudget])
      #expect(stage.server.requestByteCount == 0, "answered, or given up")
      // A small request has room whatever is unfinished.
      await greedy.send(Self.part(5, 400_000))
      let client = try await stage.client()
      _ = try await client.call(.upsert, body: MessageBody([1, 2, 3]), budgetMicroseconds: 1_000_000)
      #expect(stage.server.requestByteCount == 400_000)
      await greedy.finish()
      await stage.sleep(11_000_000)
      #expect(stage.server.requestByteCount == 0, "a connection that is gone holds nothing")
    }
  }

  @Test func largeRequestsInWorkLeaveAReserveToSmallOnes() throws {
    var configuration = ServerConfiguration()
    configuration.requestBytesMax = 1_600_000
    var handler = ScriptedHandler()
    handler.script = { request in
      if request.opcode == .upsert { await request.cancellation.wait() }
      return .reply(.empty)
    }
    try Stage.run(handler: handler, configuration: configuration) { stage in
      let greedy = try await Self.open(stage)
      for id in [1, 3, 5, 7] as [UInt64] { await greedy.send(Self.part(id, 200_000, .fin)) }
      await stage.sleep(1000)
      #expect(await Self.errors(greedy) == [7: .memoryBudget])
      let client = try await stage.client()
      for _ in 0..<3 {
        _ = try await client.call(
          .rank, body: MessageBody([UInt8](repeating: 1, count: 60_000)), budgetMicroseconds: 1_000_000)
      }
      await greedy.finish()
      await stage.sleep(11_000_000)
      #expect(stage.server.requestByteCount == 0)
    }
  }
}
