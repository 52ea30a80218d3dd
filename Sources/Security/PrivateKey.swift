internal import COpenSSL

/// A private key, which never prints.
@safe final class PrivateKey: @unchecked Sendable {
  // SAFETY: the key is never changed after `init`; OpenSSL counts references to it atomically.
  let pointer: OpaquePointer

  /// A new key of P-256.
  init() throws(TLSFault) {
    guard let key = unsafe wt_new_key() else { throw .taken() }
    unsafe pointer = key
  }

  /// The key of a PEM file without a password.
  init(pem bytes: [UInt8]) throws(TLSFault) {
    // SAFETY: the BIO reads the array within the closure alone. The empty password keeps OpenSSL from asking at a terminal.
    let key = unsafe bytes.withUnsafeBytes { bytes in
      unsafe "".withCString { password in
        let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
        defer { unsafe BIO_free(bio) }
        return unsafe PEM_read_bio_PrivateKey(bio, nil, nil, UnsafeMutableRawPointer(mutating: password))
      }
    }
    ERR_clear_error()
    guard let key = unsafe key else { throw .materials("key.pem holds no private key in PEM without a password") }
    unsafe pointer = key
  }

  deinit { unsafe EVP_PKEY_free(pointer) }

  /// The key as PEM.
  var pem: [UInt8] { unsafe PEM.bytes { unsafe PEM_write_bio_PrivateKey($0, pointer, nil, nil, 0, nil, nil) } }
}

/// What OpenSSL writes as text.
enum PEM {
  /// The bytes that a function wrote.
  static func bytes(_ write: (OpaquePointer?) -> Int32) -> [UInt8] {
    guard let bio = unsafe BIO_new(BIO_s_mem()) else { return [] }
    defer { unsafe BIO_free(bio) }
    guard unsafe write(bio) == 1 else { return [] }
    return unsafe Self.taken(from: bio)
  }

  /// What waits in a BIO of memory.
  static func taken(from bio: OpaquePointer?) -> [UInt8] {
    let count = unsafe BIO_ctrl_pending(bio)
    guard count > 0 else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, taken in
      var read = 0
      // SAFETY: the buffer has room for `count` bytes, and no more are asked for.
      if unsafe BIO_read_ex(bio, buffer.baseAddress, count, &read) == 1 { taken = read }
    }
  }
}
