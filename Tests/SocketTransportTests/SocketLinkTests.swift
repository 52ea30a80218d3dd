import SocketTransport
import Support
import Testing
import Transport
import Vocabulary

/// Runs `body` with a network on two loops, and ends them after it.
func withSockets(loops: Int = 2, _ body: (SocketNetwork) async throws -> Void) async throws {
  let group = try EventLoopGroup(loopCount: loops)
  do {
    try await body(SocketNetwork(group: group))
  } catch {
    await group.shutdown()
    throw error
  }
  await group.shutdown()
}

@Suite(.timeLimit(.minutes(2)))
struct SocketLinkTests {
  private let clock = SystemClock()

  @Test(arguments: [1, 2])
  func largeTransfersWithRandomSplitsComeBackWhole(loops: Int) async throws {
    try await withSockets(loops: loops) { network in
      let listener = try await network.listen("127.0.0.1:0") { EchoPeer($0) }
      let address = listener.address
      let clock = self.clock
      try await withThrowingTaskGroup(of: Void.self) { group in
        for seed in 1...4 as ClosedRange<UInt64> {
          group.addTask {
            var random = SeededRandom(seed: seed)
            let sent = random.bytes(1 << 20)
            let peer = try await network.record(address, clock: clock)
            var position = 0
            while position < sent.count {
              let most = Bool.random(using: &random) ? 100 : 100_000
              let end = min(position + Int.random(in: 1...most, using: &random), sent.count)
              await peer.send(Array(sent[position..<end]))
              position = end
            }
            await peer.close()
            // After `close` nothing more is delivered; ask a second link for the bytes.
            await peer.waitForEnd()
            #expect(await peer.ends == [.closed])
            let other = try await network.record(address, clock: clock)
            await other.send(sent)
            await other.waitFor(byteCount: sent.count)
            #expect(await other.bytes == sent)
            #expect(await other.queued == 0)
            await other.abort()
            await other.waitForEnd()
            #expect(await other.ends == [.closed])
          }
        }
        try await group.waitForAll()
      }
      await listener.close()
    }
  }

  @Test func pausedReaderHoldsTheSenderBackAndLosesNothing() async throws {
    try await withSockets { network in
      let accepted = Roster<RecordingPeer>()
      let listener = try await network.listen("127.0.0.1:0") { link in
        let peer = RecordingPeer(link)
        accepted.add(peer)
        link.pauseReading()
        return peer
      }
      let sender = try await network.record(listener.address, clock: clock)
      let reader = await accepted.peer()
      let total = 64 << 20
      await sender.send([UInt8](repeating: 7, count: total))
      // The kernel's buffers of both sides are far smaller than what was sent.
      var settled = -1
      while await sender.queued != settled {
        settled = await sender.queued
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(settled > 32 << 20)
      #expect(await reader.bytes.isEmpty)
      #expect(await sender.drainedCount == 0)
      await reader.resume()
      await reader.waitFor(byteCount: total)
      await sender.waitForDrained()
      #expect(await sender.queued == 0)
      #expect(await reader.bytes.count == total)
    }
  }

  @Test func halfCloseStillDeliversQueuedReplies() async throws {
    try await withSockets { network in
      let accepted = Roster<RecordingPeer>()
      let listener = try await network.listen("127.0.0.1:0") { link in
        let peer = RecordingPeer(link)
        accepted.add(peer)
        return peer
      }
      let asker = RawSocket(port: listener.address)
      asker.write([1, 2, 3])
      asker.finishWriting()
      let server = await accepted.peer()
      await server.waitForPeerFinished()
      #expect(await server.bytes == [1, 2, 3])
      let reply = [UInt8](repeating: 9, count: 8 << 20)
      await server.send(reply)
      await server.close()
      #expect(asker.readToEnd() == reply)
      await server.waitForEnd()
      #expect(await server.ends == [.peerFinished, .closed])
      asker.close()
    }
  }

  @Test func closeDeliversLastWordsToAPeerThatStillSends() async throws {
    try await withSockets { network in
      let accepted = Roster<RecordingPeer>()
      let listener = try await network.listen("127.0.0.1:0") { link in
        let peer = RecordingPeer(link)
        accepted.add(peer)
        return peer
      }
      let talker = RawSocket(port: listener.address)
      let server = await accepted.peer()
      talker.write([1])
      await server.waitFor(byteCount: 1)
      await server.send([42, 43])
      await server.close()
      // Bytes that meet a closed socket would be answered by a reset, which destroys the last words.
      for _ in 0..<20 { talker.write([UInt8](repeating: 0, count: 1000)) }
      #expect(talker.readToEnd() == [42, 43])
      talker.close()
      await server.waitForEnd()
      #expect(await server.ends == [.closed])
      #expect(await server.bytes == [1])
    }
  }

  @Test func abortResetsThePeer() async throws {
    try await withSockets { network in
      let accepted = Roster<RecordingPeer>()
      let listener = try await network.listen("127.0.0.1:0") { link in
        let peer = RecordingPeer(link)
        accepted.add(peer)
        return peer
      }
      let client = try await network.record(listener.address, clock: clock)
      let server = await accepted.peer()
      await server.abort()
      await server.send([1])
      await client.waitForEnd()
      #expect(await client.ends == [.failed(104)])
      await server.waitForEnd()
      #expect(await server.ends == [.closed])
      #expect(await server.drainedCount == 0)
    }
  }

  @Test func aPausedLinkStillLearnsOfAReset() async throws {
    try await withSockets { network in
      let accepted = Roster<RecordingPeer>()
      let listener = try await network.listen("127.0.0.1:0") { link in
        let peer = RecordingPeer(link)
        accepted.add(peer)
        return peer
      }
      let client = try await network.record(listener.address, clock: clock)
      await client.pause()
      await accepted.peer().abort()
      await client.waitForEnd()
      #expect(await client.ends == [.failed(104)])
    }
  }

  @Test func aReceiverMayRefuseALinkAtOnce() async throws {
    try await withSockets { network in
      let listener = try await network.listen("127.0.0.1:0") { link in
        link.abort()
        return RecordingPeer(link)
      }
      do {
        let client = try await network.record(listener.address, clock: clock)
        await client.waitForEnd()
        #expect(await client.ends == [.failed(104)])
      } catch {
        // The reset came before the dial was over.
        #expect(error as? NetworkError == .refused(listener.address))
      }
    }
  }

  @Test func bytesOfOneTurnTravelInOrder() async throws {
    try await withSockets(loops: 1) { network in
      let listener = try await network.listen("localhost:0") { EchoPeer($0) }
      let client = try await network.record(listener.address, clock: clock)
      var expected: [UInt8] = []
      for value in 0..<200 {
        let bytes = [UInt8](repeating: UInt8(value), count: value % 3 == 0 ? 40_000 : value + 1)
        expected += bytes
        await client.send(bytes)
      }
      await client.waitFor(byteCount: expected.count)
      #expect(await client.bytes == expected)
    }
  }
}
