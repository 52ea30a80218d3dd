import Transport
import Vocabulary
import Wire

/// A connection that sends messages without their last fragments.
final class UnfinishedMessages: LinkReceiver {
  private struct State {
    var codec = FrameCodec()
    var frames: [[UInt8]] = []
    var nextID: UInt64 = 1
    var sentBytes = 0
    var hasEnded = false
  }

  private let link: any ByteLink
  private let count: Int
  private let message: MessageBody
  private let state = Lock(State())

  init(_ link: any ByteLink, count: Int, byteCount: Int) {
    self.link = link
    self.count = count
    message = MessageBody([Section(.raw, [UInt8](repeating: 0xA5, count: byteCount))])
  }

  var sentBytes: Int { state.withLock { $0.sentBytes } }

  /// Says HELLO and begins the messages; on the link's executor.
  func begin() {
    let hello = Hello(
      role: .client, nonce: [UInt8](repeating: 1, count: Hello.nonceByteCount), payloadWireBytesMax: 1 << 20,
      payloadRawBytesMax: 1 << 22, compression: Compression(lz4: false, shuffle4: false, shuffle8: false),
      program: "bench", features: Features())
    state.withLock { state in
      state.frames = state.codec.encode(.hello, requestID: 0, body: MessageBody(hello.body))
    }
    for _ in 0..<count { beginMessage() }
    sendOn()
  }

  /// Closes.
  func end() {
    state.withLock { $0.hasEnded = true }
    link.abort()
  }

  private func beginMessage() {
    state.withLock { state in
      let frames = state.codec.encode(.upsert, requestID: state.nextID, timeMicroseconds: 60_000_000, body: message)
      state.nextID += 2
      state.frames += frames.dropLast()
    }
  }

  /// Keeps a mebibyte or two queued, so that what waits to be sent is not this process's memory.
  private func sendOn() {
    while link.queuedByteCount < 2 << 20,
      let frame = state.withLock({ state -> [UInt8]? in
        guard !state.hasEnded, !state.frames.isEmpty else { return nil }
        let frame = state.frames.removeFirst()
        state.sentBytes += frame.count
        return frame
      })
    { link.send(frame) }
  }

  /// What the server refuses is not begun again.
  func linkReceived(_ bytes: [UInt8]) {}

  func linkDrained() { sendOn() }

  func linkEnded(_ end: LinkEnd) { state.withLock { $0.hasEnded = true } }
}
