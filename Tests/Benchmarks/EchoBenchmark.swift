import Wire

/// Round trips of the ECHO request on loopback: the whole of our transport against a bare C epoll echo of as many
/// bytes, everything on one processor as in `RawEchoBenchmark`.
enum EchoBenchmark {
  private static let payload = [UInt8](repeating: 7, count: 64)

  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let port = try await RawEchoBenchmark.cServer()
    let link = try await EchoLink()
    let (turns, rounds) = size == .full ? (20, 2000) : (2, 50)
    var (ours, peer): ([Double], [Double]) = ([], [])
    for _ in 0..<turns {
      peer += try await RawEchoBenchmark.onBoundThread {
        try RawEchoBenchmark.driveC(port, byteCount: FrameHeader.byteCount + payload.count, rounds: rounds)
      }
      ours += try await link.times(payload, rounds: rounds)
    }
    await link.close()
    return Measurement(microseconds: ours, peerMicroseconds: peer, results: [UInt32(ours.count)])
  }
}
