import Support
import Transport
import Vocabulary
import Wire

/// Drives the server's machine by hand and writes down, in words, what it does.
///
/// Every request is answered at once with its own body, but SEARCH, which stays in flight.
final class ExchangeDriver {
  private var exchange: ServerExchange
  private(set) var now = Instant(nanoseconds: 1)
  private(set) var words: [String] = []
  private(set) var bodies: [[UInt8]] = []
  private(set) var sent: [[UInt8]] = []
  /// What the peer has not taken; 0 for a peer that reads.
  private var queuedByteCount = 0
  let memory: RequestMemory

  init(_ configuration: ServerConfiguration = ServerConfiguration()) {
    memory = RequestMemory(byteCountMax: configuration.requestBytesMax)
    exchange = ServerExchange(
      configuration: configuration, served: [.rank, .search, .upsert], memory: memory, at: now)
  }

  func receive(_ bytes: [UInt8]) {
    exchange.received(bytes, at: now)
    collect()
  }

  func wait(microseconds: UInt64) {
    let end = now.advanced(microseconds: microseconds)
    while let next = exchange.nextInstant, next <= end {
      now = max(now, next)
      exchange.timePassed(at: now)
      collect()
    }
    now = end
  }

  func finish(_ id: UInt64, _ body: MessageBody = .empty) {
    exchange.finished(id, .reply(body), epoch: Epoch(0), at: now)
    collect()
  }

  func queued(_ byteCount: Int) {
    queuedByteCount = byteCount
    collect()
  }

  func peerFinishes() {
    exchange.peerFinished(at: now)
    collect()
  }

  func drain() {
    exchange.drain(at: now)
    collect()
  }

  private func collect() {
    while true {
      let actions = exchange.takeActions()
      for action in actions { note(action) }
      exchange.queued(queuedByteCount, at: now)
      if actions.isEmpty { return }
    }
  }

  private func note(_ action: ServerExchange.Action) {
    switch action {
    case .send(let bytes):
      words += bytes.frameWords()
      sent.append(bytes)
    case .greet:
      let identity = NodeIdentity(role: .shard, clusterID: Bytes16(low: 1, high: 2), program: "test 1")
      exchange.welcomed(by: identity, nonce: [UInt8](repeating: 2, count: 32), at: now)
    case .dispatch(let request):
      bodies.append(Array(request.body))
      guard request.opcode != .search else { return }
      exchange.finished(request.requestID, .reply(MessageBody(Array(request.body))), epoch: Epoch(0), at: now)
    case .cancel: words.append("cancel")
    case .pauseReading: words.append("pause")
    case .resumeReading: words.append("resume")
    case .close(let reason):
      words.append("close")
      if case .misdirected(let kind) = reason { words.append("\(kind)") }
      if reason == .empty { words.append("empty") }
    case .abort: words.append("abort")
    }
  }
}
