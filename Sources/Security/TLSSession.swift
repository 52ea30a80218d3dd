internal import COpenSSL
internal import Vocabulary

/// One side of a TLS 1.3 connection as a machine without I/O: give it what came, send what it says.
///
/// It belongs to one thread at a time, and may move while no call is under way.
@safe package final class TLSSession: @unchecked Sendable {
  // SAFETY: the owner, a link or a handshake, calls on its executor alone. `session` owns both BIOs.
  private let session: OpaquePointer
  private let input: OpaquePointer
  private let output: OpaquePointer
  private let credentials: TLSCredentials
  private let side: TLSCredentials.Side

  /// Whether the handshake is done.
  package private(set) var isOpen = false
  /// Whether the peer has said that it sends no more.
  package private(set) var peerHasClosed = false
  /// The certificate that the peer has shown, once the handshake is done.
  package private(set) var peerCertificate: Certificate?
  /// What that says its holder is.
  package private(set) var peerIdentity: PeerIdentity?

  /// Bytes that one record or flight gives at most at a time.
  private static let readBytesMax = 64 << 10

  /// A session before its handshake.
  ///
  /// - Parameters:
  ///   - host: The name that the peer's certificate has to have; needed for a link that was dialled.
  ///   - seconds: The time by which certificates are judged, since 1970.
  package init(
    _ credentials: TLSCredentials, _ side: TLSCredentials.Side, host: String? = nil, at seconds: Int64
  ) throws(TLSFault) {
    ERR_clear_error()
    guard let session = unsafe SSL_new(credentials.context(side).pointer) else { throw .taken() }
    guard let input = unsafe BIO_new(BIO_s_mem()), let output = unsafe BIO_new(BIO_s_mem()) else {
      unsafe SSL_free(session)
      throw .taken()
    }
    // SAFETY: the session takes both over.
    unsafe SSL_set_bio(session, input, output)
    unsafe (self.session, self.input, self.output) = (session, input, output)
    (self.credentials, self.side) = (credentials, side)
    unsafe X509_VERIFY_PARAM_set_time(SSL_get0_param(session), time_t(seconds))
    if side.isDialled {
      unsafe SSL_set_connect_state(session)
      guard let host, unsafe wt_expect_name(session, host) == 1 else {
        ERR_clear_error()
        throw .materials("the name to check is neither a host nor an address")
      }
    } else {
      unsafe SSL_set_accept_state(session)
    }
  }

  deinit { unsafe SSL_free(session) }

  /// What our own certificate says we are.
  package var ownIdentity: PeerIdentity? { credentials.identity }

  /// The SHA-256 of the server's certificate on this connection, to which a proof of a key is bound.
  package var endPoint: [UInt8] {
    ((side.isDialled ? peerCertificate : credentials.certificate)?.fingerprint) ?? KeyTranscript.plainLink
  }

  /// Begins: a client's first flight is in the output then.
  package func start() throws(TLSFault) { try shakeHands() }

  /// Takes bytes of the peer.
  ///
  /// - Returns: What it has said, decrypted; often nothing.
  /// - Throws: Why the link cannot go on; the output may hold an alert for the peer.
  package func receive(_ bytes: [UInt8]) throws(TLSFault) -> [UInt8] {
    var written = 0
    ERR_clear_error()
    // SAFETY: the BIO copies the array within the call.
    let isTaken = unsafe bytes.isEmpty || BIO_write_ex(input, bytes, bytes.count, &written) == 1
    guard isTaken else { throw .taken() }
    if !isOpen { try shakeHands() }
    guard isOpen, !peerHasClosed else { return [] }
    var plain: [UInt8] = []
    while true {
      ERR_clear_error()
      var status: Int32 = 0
      let part = unsafe [UInt8](unsafeUninitializedCapacity: max(bytes.count, 512)) { buffer, count in
        // SAFETY: OpenSSL writes at most as many bytes as the buffer has, and says how many.
        status = unsafe SSL_read_ex(session, buffer.baseAddress, buffer.count, &count)
        if status != 1 { count = 0 }
      }
      if status == 1 {
        plain = plain.isEmpty ? part : plain + part
        continue
      }
      switch unsafe SSL_get_error(session, status) {
      case SSL_ERROR_WANT_READ: return plain
      case SSL_ERROR_ZERO_RETURN:
        peerHasClosed = true
        return plain
      default: throw unsafe .taken(verified: SSL_get_verify_result(session))
      }
    }
  }

  /// Encrypts; the records are in the output then.
  package func seal(_ bytes: ArraySlice<UInt8>) throws(TLSFault) {
    guard !bytes.isEmpty else { return }
    ERR_clear_error()
    var written = 0
    // SAFETY: the slice is read within the call; a BIO of memory takes all of it.
    let status = unsafe bytes.withUnsafeBytes { unsafe SSL_write_ex(session, $0.baseAddress, $0.count, &written) }
    guard status == 1, written == bytes.count else { throw .taken() }
  }

  /// Says that we send no more.
  package func finish() {
    guard isOpen else { return }
    ERR_clear_error()
    unsafe SSL_shutdown(session)
    ERR_clear_error()
  }

  /// Takes what has to be sent to the peer.
  package func takeOutput() -> [UInt8] { unsafe PEM.taken(from: output) }

  private func shakeHands() throws(TLSFault) {
    ERR_clear_error()
    let status = unsafe SSL_do_handshake(session)
    guard status == 1 else {
      guard unsafe SSL_get_error(session, status) != SSL_ERROR_WANT_READ else { return }
      throw unsafe .taken(verified: SSL_get_verify_result(session))
    }
    // Where a client names no protocol, OpenSSL opens the link.
    var protocolName: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    unsafe SSL_get0_alpn_selected(session, &protocolName, &count)
    guard count > 0 || side.isHTTP else { throw .broken("the peer does not name the protocol winnow/1") }
    if let certificate = unsafe SSL_get1_peer_certificate(session) {
      let certificate = unsafe Certificate(owning: certificate)
      peerIdentity = try certificate.identity()
      peerCertificate = certificate
    }
    isOpen = true
  }
}
