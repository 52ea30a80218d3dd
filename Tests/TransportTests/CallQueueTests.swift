import Support
import Testing
@testable import Transport
import Vocabulary
import Wire

/// What a client remembers of calls that wait to be sent is of the size of what waits, however many have waited before.
@Suite struct CallQueueTests {
  @Test func callsThatEndUnsentAreForgotten() throws {
    let now = Instant(nanoseconds: 1)
    var exchange = ClientExchange(
      configuration: ClientConfiguration(identity: NodeIdentity(role: .client)),
      nonce: [UInt8](repeating: 0, count: Hello.nonceByteCount), noise: 0, at: now)
    let request = OutboundRequest(.status, body: StatusRequest().body, deadline: now.advanced(microseconds: 1000))
    // One waits all the time, behind which the others come and go.
    let first = try exchange.called(request, at: now)
    for _ in 0..<5000 {
      let id = try exchange.called(request, at: now)
      exchange.cancelled(id, at: now)
    }
    #expect(exchange.waitingCount == 1)
    #expect(exchange.queue.count <= 130)
    #expect(exchange.queue.first == first)
  }

  @Test func aClientThatAlwaysHasCallsWaitingForgetsThoseThatWereSent() throws {
    let now = Instant(nanoseconds: 1)
    var exchange = ClientExchange(
      configuration: ClientConfiguration(identity: NodeIdentity(role: .client)),
      nonce: [UInt8](repeating: 0, count: Hello.nonceByteCount), noise: 0, at: now)
    let welcome = Welcome(
      role: .coordinator, compression: 0, clusterID: .zero, incarnation: .zero,
      nonce: [UInt8](repeating: 0, count: Hello.nonceByteCount), payloadWireBytesMax: 1 << 20,
      payloadRawBytesMax: 1 << 20, messageBytesMax: 1 << 20, credits: 1, epoch: 0, idleMilliseconds: 10_000,
      filters: [], program: "test", features: Features([]))
    var server = FrameCodec()
    for frame in server.encode(.welcome, requestID: 0, body: MessageBody(welcome.body)) {
      exchange.received(frame, at: now)
    }
    let request = OutboundRequest(.status, body: StatusRequest().body, deadline: now.advanced(microseconds: 1000))
    var waiting = [try exchange.called(request, at: now), try exchange.called(request, at: now)]
    for _ in 0..<5000 {
      waiting.append(try exchange.called(request, at: now))
      // The answer to the oldest lets the next one go; one waits at every moment.
      let reply = server.encode(.status, flags: .reply, requestID: waiting.removeFirst(), body: MessageBody([]))
      for frame in reply { exchange.received(frame, at: now) }
      #expect(exchange.waitingCount == 1)
    }
    #expect(exchange.queue.count <= 130)
  }
}
