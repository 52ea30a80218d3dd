internal import Bytes
internal import COpenSSL
internal import Vocabulary

/// One certificate: the names and the time that it holds for, and what its holder is.
@safe package final class Certificate: @unchecked Sendable {
  // SAFETY: the certificate is never changed after `init`; OpenSSL counts references to it atomically.
  let pointer: OpaquePointer

  /// Takes a reference over.
  init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe X509_free(pointer) }

  /// Certificates that a PEM file may hold.
  private static let countMax = 16

  /// The certificates of a PEM file, in their order.
  ///
  /// - Throws: `.materials` if there is none, or more than 16.
  package static func all(inPEM bytes: [UInt8]) throws(TLSFault) -> [Certificate] {
    var found: [Certificate] = []
    // SAFETY: the BIO reads the array within the closure alone.
    unsafe bytes.withUnsafeBytes { bytes in
      guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return }
      defer { unsafe BIO_free(bio) }
      while found.count <= countMax, let next = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
        unsafe found.append(Certificate(owning: next))
      }
    }
    ERR_clear_error()
    guard !found.isEmpty else { throw .materials("holds no certificate in PEM") }
    guard found.count <= countMax else { throw .materials("holds more than \(countMax) certificates") }
    return found
  }

  /// Seconds since 1970 before and after which it does not hold.
  package var validity: (from: Int64, until: Int64) {
    unsafe (Self.seconds(X509_get0_notBefore(pointer)), Self.seconds(X509_get0_notAfter(pointer)))
  }

  private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
    guard let epoch = unsafe ASN1_TIME_set(nil, 0) else { return 0 }
    defer { unsafe ASN1_TIME_free(epoch) }
    var (days, seconds): (Int32, Int32) = (0, 0)
    // SAFETY: both times are whole, and the two numbers are ours.
    guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return 0 }
    return Int64(days) * 86_400 + Int64(seconds)
  }

  /// The SHA-256 of the whole certificate in DER, 32 bytes.
  package var fingerprint: [UInt8] {
    var digest = [UInt8](repeating: 0, count: ContentHash.byteCount)
    // SAFETY: `digest` has the 32 bytes that SHA-256 writes.
    let status = unsafe X509_digest(pointer, EVP_sha256(), &digest, nil)
    precondition(status == 1, "libcrypto has no SHA-256")
    return digest
  }

  /// The names that a client may dial: hosts and IP addresses.
  package var hosts: [String] {
    otherNames.compactMap { name in
      switch name.kind {
      case GEN_DNS: String(decoding: name.bytes, as: UTF8.self).visible
      case GEN_IPADD: Self.address(name.bytes)
      default: nil
      }
    }
  }

  /// What its holder is; `nil`: it says nothing of Winnow.
  ///
  /// - Throws: `.peerCertificate` if it says two things, or says one in a wrong way.
  package func identity() throws(TLSFault) -> PeerIdentity? {
    let uris = otherNames.filter { $0.kind == GEN_URI && $0.bytes.starts(with: Array("winnow:".utf8)) }
    guard let first = uris.first else { return nil }
    guard uris.count == 1 else { throw .peerCertificate("it has two names of Winnow") }
    guard first.bytes.allSatisfy({ 0x21...0x7E ~= $0 }),
      let identity = PeerIdentity(uri: String(decoding: first.bytes, as: UTF8.self))
    else { throw .peerCertificate("its name is not of the form winnow://CLUSTER/node/ROLE") }
    return identity
  }

  private var otherNames: [(kind: Int32, bytes: [UInt8])] {
    guard let names = unsafe wt_names(pointer) else { return [] }
    defer { unsafe GENERAL_NAMES_free(names) }
    return unsafe (0..<wt_name_count(names)).map { index in
      var bytes: UnsafePointer<UInt8>?
      var count: Int32 = 0
      // SAFETY: the index is below the count; the bytes are the names', and are copied here.
      let kind = unsafe wt_name(names, index, &bytes, &count)
      return unsafe (kind, Array(UnsafeBufferPointer(start: bytes, count: Int(count))))
    }
  }

  private static func address(_ bytes: [UInt8]) -> String? {
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    guard bytes.count == 16 else { return nil }
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    return groups.map { String($0, radix: 16) }.joined(separator: ":")
  }
}
