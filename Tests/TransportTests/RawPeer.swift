import Support
import Transport
import Vocabulary

/// The client's end of a link without any protocol: sends what a test says and writes down what comes.
actor RawPeer: LinkReceiver {
  private nonisolated let link: any ByteLink
  private nonisolated let pinned: any LinkExecutor
  private(set) var bytes: [UInt8] = []
  private(set) var ends: [LinkEnd] = []

  init(_ link: any ByteLink) {
    self.link = link
    pinned = link.executor
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { pinned.asUnownedSerialExecutor() }

  nonisolated func linkReceived(_ bytes: [UInt8]) { assumeIsolated { $0.bytes += bytes } }
  nonisolated func linkDrained() {}
  nonisolated func linkEnded(_ end: LinkEnd) { assumeIsolated { $0.ends.append(end) } }

  func send(_ bytes: [UInt8]) { link.send(bytes) }
  func finish() { link.close() }
  func pauseReading() { link.pauseReading() }
  var queuedByteCount: Int { link.queuedByteCount }

  static func open(on stage: Stage) async throws -> RawPeer {
    let opened = Lock<RawPeer?>(nil)
    try await stage.network.dial(Stage.address, deadline: stage.later(1_000_000), executor: nil) { link in
      let peer = RawPeer(link)
      opened.withLock { $0 = peer }
      return peer
    }
    guard let peer = opened.withLock({ $0 }) else { throw NetworkError.cancelled }
    return peer
  }
}
