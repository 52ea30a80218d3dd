import Security
import Transport

/// The TLS of one link: what waits to be encrypted, and what the handshake has decrypted already.
final class SecureStream {
  /// A handshake that is done, on its way from one loop to another.
  struct Opening: Sendable {
    let descriptor: Int32
    let session: TLSSession
    /// What came behind the handshake.
    let early: [UInt8]
  }

  let session: TLSSession
  let security: LinkSecurity
  private var early: [UInt8]
  private var plain: [UInt8] = []
  /// Bytes of `plain` that are sealed.
  private var sealedCount = 0
  private var hasSaidEnd = false

  /// Bytes sealed at a time, so that few wait encrypted.
  private static let sealedBytesMax = 64 << 10

  init(_ opening: Opening) {
    (session, early) = (opening.session, opening.early)
    security = LinkSecurity(session)
  }

  /// Bytes that wait to be encrypted.
  var waitingByteCount: Int { plain.count - sealedCount }

  func append(_ bytes: [UInt8]) { plain.append(contentsOf: bytes) }

  func takeEarly() -> [UInt8] {
    defer { early = [] }
    return early
  }

  /// Encrypts some of what waits, unless enough records wait already.
  func seal(into outbox: inout SendQueue) throws(TLSFault) {
    guard waitingByteCount > 0, outbox.byteCount < 2 * Self.sealedBytesMax else { return }
    let end = min(plain.count, sealedCount + Self.sealedBytesMax)
    try session.seal(plain[sealedCount..<end])
    sealedCount = end
    if end == plain.count { (plain, sealedCount) = ([], 0) }
    takeRecords(into: &outbox)
  }

  /// Says that no more is sent; the first time only.
  func finish(into outbox: inout SendQueue) {
    guard !hasSaidEnd else { return }
    hasSaidEnd = true
    session.finish()
    takeRecords(into: &outbox)
  }

  func takeRecords(into outbox: inout SendQueue) {
    let records = session.takeOutput()
    if !records.isEmpty { outbox.append(records) }
  }
}
