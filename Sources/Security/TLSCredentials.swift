internal import COpenSSL

/// What a node or client proves itself with, and the authorities that it trusts: files that were read and checked together.
package final class TLSCredentials: Sendable {
  /// The files, as bytes in PEM.
  package struct Files: Sendable {
    /// The certificates of trusted authorities.
    package var authorities: [UInt8]
    /// Our own certificate and those behind it, and its key; `nil`: we have none.
    package var own: (chain: [UInt8], key: [UInt8])?

    /// Files by their bytes.
    package init(authorities: [UInt8], own: (chain: [UInt8], key: [UInt8])?) {
      (self.authorities, self.own) = (authorities, own)
    }
  }

  /// The sides that a link may be of, by who opened it and by what it carries: our protocol, or HTTP, whose peers may
  /// name no protocol, and show a certificate only if they have one.
  package enum Side: Int, CaseIterable, Sendable {
    case dialled, accepted, dialledHTTP, acceptedHTTP

    var isDialled: Bool { self == .dialled || self == .dialledHTTP }
    var isHTTP: Bool { self == .dialledHTTP || self == .acceptedHTTP }
  }

  /// Our own certificate, if there is one.
  package let certificate: Certificate?
  /// What it says we are.
  package let identity: PeerIdentity?
  private let contexts: [TLSContext]
  private let authorities: [Certificate]

  /// Parses and checks: the key fits the certificate, which holds now and under the authorities.
  ///
  /// - Parameters:
  ///   - demandsClients: Whether a client without a certificate is refused.
  ///   - seconds: The time now, since 1970.
  /// - Throws: `.materials`, with the file's usual name.
  package init(_ files: Files, demandsClients: Bool, at seconds: Int64) throws(TLSFault) {
    authorities = try Self.named("authority.pem") { () throws(TLSFault) in
      try Certificate.all(inPEM: files.authorities)
    }
    let chain = try files.own.map { (own) throws(TLSFault) in
      try Self.named("certificate.pem") { () throws(TLSFault) in try Certificate.all(inPEM: own.chain) }
    }
    certificate = chain?.first
    do throws(TLSFault) { identity = try certificate?.identity() } catch {
      throw .materials("certificate.pem: \(error.text)")
    }
    if let certificate {
      let validity = certificate.validity
      guard seconds >= validity.from else { throw .materials("certificate.pem is not valid yet: is the clock right?") }
      guard seconds < validity.until else {
        throw .materials("certificate.pem has expired: make a new one with 'winnow tls issue'")
      }
    }
    let key = try files.own.map { (own) throws(TLSFault) in try PrivateKey(pem: own.key) }
    var contexts: [TLSContext] = []
    for side in Side.allCases {
      let context = try TLSContext(side)
      unsafe wt_demand_peer(context.pointer, side.isDialled || side == .accepted && demandsClients ? 1 : 0)
      let store = unsafe SSL_CTX_get_cert_store(context.pointer)
      for authority in authorities {
        guard unsafe X509_STORE_add_cert(store, authority.pointer) == 1 else { throw .taken() }
        if !side.isDialled { unsafe SSL_CTX_add_client_CA(context.pointer, authority.pointer) }
      }
      if let chain, let key { try Self.show(chain, key, in: context) }
      contexts.append(context)
    }
    self.contexts = contexts
    if let chain { try check(chain, at: seconds) }
    ERR_clear_error()
  }

  func context(_ side: Side) -> TLSContext { contexts[side.rawValue] }

  /// Why a certificate does not hold under these authorities; `nil`: it does.
  private func holds(_ certificate: Certificate, _ further: [Certificate] = [], at seconds: Int64) -> TLSFault? {
    let store = unsafe X509_STORE_new()
    let context = unsafe X509_STORE_CTX_new()
    let rest = unsafe OPENSSL_sk_new_null()
    defer {
      unsafe OPENSSL_sk_free(rest)
      unsafe X509_STORE_CTX_free(context)
      unsafe X509_STORE_free(store)
    }
    for authority in authorities { unsafe X509_STORE_add_cert(store, authority.pointer) }
    for certificate in further {
      unsafe OPENSSL_sk_push(rest, UnsafeRawPointer(certificate.pointer))
    }
    // SAFETY: store, certificate and list outlive the check; the list does not own what it holds.
    guard unsafe X509_STORE_CTX_init(context, store, certificate.pointer, rest) == 1 else { return .taken() }
    unsafe X509_STORE_CTX_set_time(context, 0, time_t(seconds))
    defer { ERR_clear_error() }
    guard unsafe X509_verify_cert(context) != 1 else { return nil }
    return unsafe .peerCertificate(
      String(cString: X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(context)))))
  }

  private func check(_ chain: [Certificate], at seconds: Int64) throws(TLSFault) {
    guard let fault = holds(chain[0], Array(chain.dropFirst()), at: seconds) else { return }
    if case .peerCertificate(let why) = fault {
      throw .materials("certificate.pem does not hold under authority.pem: \(why)")
    }
    throw fault
  }

  private static func show(_ chain: [Certificate], _ key: PrivateKey, in context: TLSContext) throws(TLSFault) {
    guard unsafe SSL_CTX_use_certificate(context.pointer, chain[0].pointer) == 1 else {
      throw .materials("certificate.pem: \(TLSFault.taken().text)")
    }
    for certificate in chain.dropFirst() {
      // SAFETY: the context takes one reference over, and we keep ours.
      unsafe X509_up_ref(certificate.pointer)
      guard unsafe wt_add_chain(context.pointer, certificate.pointer) == 1 else {
        unsafe X509_free(certificate.pointer)
        throw .materials("certificate.pem: \(TLSFault.taken().text)")
      }
    }
    guard unsafe SSL_CTX_use_PrivateKey(context.pointer, key.pointer) == 1,
      unsafe SSL_CTX_check_private_key(context.pointer) == 1
    else {
      ERR_clear_error()
      throw .materials("key.pem is not the key of certificate.pem")
    }
  }

  private static func named<Value>(
    _ name: String, _ body: () throws(TLSFault) -> Value
  ) throws(TLSFault) -> Value {
    do throws(TLSFault) { return try body() } catch {
      if case .materials(let why) = error { throw .materials("\(name) \(why)") }
      throw error
    }
  }
}
