internal import COpenSSL

/// What all links of one side share: never changed once links use it, and replaced as a whole.
@safe final class TLSContext: @unchecked Sendable {
  // SAFETY: changed by `TLSCredentials.init` alone, before others see it; OpenSSL counts references to it atomically.
  let pointer: OpaquePointer

  /// A context of one side, without certificate and authorities.
  init(_ side: TLSCredentials.Side) throws(TLSFault) {
    let isServer = side != .dialled
    guard let pointer = unsafe SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else { throw .taken() }
    unsafe self.pointer = pointer
    guard unsafe wt_configure(pointer, isServer ? 1 : 0) == 1 else { throw .taken() }
  }

  deinit { unsafe SSL_CTX_free(pointer) }
}
