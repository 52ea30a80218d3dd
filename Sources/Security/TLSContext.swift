internal import COpenSSL

/// What all links of one side share: never changed once links use it, and replaced as a whole.
@safe final class TLSContext: @unchecked Sendable {
  // SAFETY: changed by `TLSCredentials.init` alone, before others see it; OpenSSL counts references to it atomically.
  let pointer: OpaquePointer

  /// A context of one side, without certificate and authorities.
  init(_ side: TLSCredentials.Side) throws(TLSFault) {
    let method = unsafe side.isDialled ? TLS_client_method() : TLS_server_method()
    guard let pointer = unsafe SSL_CTX_new(method) else { throw .taken() }
    unsafe self.pointer = pointer
    guard unsafe wt_configure(pointer, side.isDialled ? 0 : 1, side.isHTTP ? 1 : 0) == 1 else { throw .taken() }
  }

  deinit { unsafe SSL_CTX_free(pointer) }
}
