internal import COpenSSL
internal import Vocabulary

/// Why a secure link could not be had, or ended.
package enum TLSFault: Error, Hashable, Sendable {
  /// A file of ours is no certificate, key or list of authorities, or they do not fit together.
  case materials(String)
  /// The peer's certificate does not hold.
  case peerCertificate(String)
  /// The peer ended the handshake, or the link, and said why.
  case refused(String)
  /// The stream ended without TLS's own end: an attacker may have cut it.
  case truncated
  /// The peer's bytes are no TLS 1.3, or were changed on the way.
  case broken(String)

  /// In words for people.
  package var text: String {
    switch self {
    case .materials(let why): why
    case .peerCertificate(let why): "the peer's certificate does not hold: \(why)"
    case .refused(let why): "the peer refused us: \(why)"
    case .truncated: "the stream was cut: it ended without TLS's own end"
    case .broken(let why): "no TLS 1.3 of this cluster: \(why)"
    }
  }
}

extension TLSFault {
  /// Why OpenSSL failed, by the first entry of its queue for this thread, which is empty afterwards.
  ///
  /// - Parameter verified: The result of the check of the peer's certificate.
  static func taken(verified: Int = Int(X509_V_OK)) -> TLSFault {
    // SAFETY: the texts are constants of the library.
    let error = ERR_get_error()
    let reason = unsafe ERR_reason_error_string(error).map { unsafe String(cString: $0) } ?? "unknown"
    ERR_clear_error()
    guard verified == Int(X509_V_OK) else {
      return .peerCertificate(unsafe String(cString: X509_verify_cert_error_string(verified)))
    }
    return wt_is_alert(error) == 1 ? .refused(reason.visible) : .broken(reason.visible)
  }
}
