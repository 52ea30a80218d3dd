internal import COpenSSL
internal import Vocabulary

/// The authority of a cluster: it says who is a node or a client of it.
package struct CertificateAuthority: Sendable {
  /// A certificate and its key, both in PEM.
  package struct Issued: Sendable {
    package let certificate: [UInt8]
    package let key: [UInt8]
  }

  /// `[16]`, the id of the cluster.
  package let cluster: [UInt8]
  private let certificate: Certificate
  private let key: PrivateKey

  /// What a new certificate is for.
  package struct Subject: Sendable {
    package var place: PeerIdentity.Place
    /// Hosts and IP addresses at which it is dialled; a client has none.
    package var hosts: [String]
    /// For people alone.
    package var commonName: String

    /// A subject of its parts.
    package init(place: PeerIdentity.Place, hosts: [String], commonName: String) {
      (self.place, self.hosts, self.commonName) = (place, hosts, commonName)
    }
  }

  /// Bytes of a serial number.
  package static let serialByteCount = 16
  /// So long before now a certificate is valid, as clocks differ.
  private static let clockSeconds: Int64 = 300

  /// A new authority.
  ///
  /// - Parameter serial: Random bytes.
  package init(cluster: [UInt8], days: Int, serial: [UInt8], at seconds: Int64) throws(TLSFault) {
    let key = try PrivateKey()
    let subject = "Winnow \(PeerIdentity(cluster: cluster, place: .coordinator).uri.dropFirst(9).prefix(32))"
    let made = try Self.make(subject, key, days: days, serial: serial, at: seconds)
    let pointer = unsafe made.pointer
    let isDone =
      unsafe X509_set_issuer_name(pointer, X509_get_subject_name(pointer)) == 1
      && wt_add_extension(pointer, pointer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") == 1
      && wt_add_extension(pointer, pointer, NID_key_usage, "critical,keyCertSign,cRLSign") == 1
      && wt_add_extension(pointer, pointer, NID_subject_key_identifier, "hash") == 1
      && X509_sign(pointer, key.pointer, EVP_sha256()) > 0
    guard isDone else { throw .taken() }
    (self.cluster, certificate, self.key) = (cluster, made, key)
  }

  /// An authority that is there, by its two files.
  package init(certificate pem: [UInt8], key keyPEM: [UInt8]) throws(TLSFault) {
    certificate = try Certificate.all(inPEM: pem)[0]
    key = try PrivateKey(pem: keyPEM)
    guard unsafe X509_check_private_key(certificate.pointer, key.pointer) == 1 else {
      ERR_clear_error()
      throw .materials("the key is not the key of the authority's certificate")
    }
    guard let cluster = PeerIdentity.cluster(Self.commonName(of: certificate).dropFirst("Winnow ".count)) else {
      throw .materials("the authority was not made by 'winnow tls init': its name has no cluster")
    }
    self.cluster = cluster
  }

  /// Both files of the authority.
  package var files: Issued {
    Issued(
      certificate: unsafe PEM.bytes { unsafe PEM_write_bio_X509($0, certificate.pointer) }, key: key.pem)
  }

  /// Makes a certificate with a key of its own.
  ///
  /// - Throws: `.materials` if a host is neither a name nor an address.
  package func issue(
    _ subject: Subject, days: Int, serial: [UInt8], at seconds: Int64
  ) throws(TLSFault) -> Issued {
    let key = try PrivateKey()
    let made = try Self.make(subject.commonName, key, days: days, serial: serial, at: seconds)
    let (pointer, issuer) = unsafe (made.pointer, certificate.pointer)
    let names = unsafe OPENSSL_sk_new_null()
    defer { unsafe GENERAL_NAMES_free(names) }
    guard unsafe wt_add_name(names, GEN_URI, PeerIdentity(cluster: cluster, place: subject.place).uri) == 1 else {
      throw .taken()
    }
    for host in subject.hosts {
      guard unsafe wt_add_name(names, GEN_IPADD, host) == 1 || Self.isHost(host),
        unsafe Self.isAddress(host) || wt_add_name(names, GEN_DNS, host) == 1
      else {
        ERR_clear_error()
        throw .materials("'\(host.visible)' is neither a host name nor an IP address")
      }
    }
    // Nodes dial each other, so they are clients and servers; a client is never a server.
    let isClient = if case .client = subject.place { true } else { false }
    let isDone =
      unsafe X509_set_issuer_name(pointer, X509_get_subject_name(issuer)) == 1
      && wt_add_extension(pointer, issuer, NID_basic_constraints, "critical,CA:FALSE") == 1
      && wt_add_extension(pointer, issuer, NID_key_usage, "critical,digitalSignature") == 1
      && wt_add_extension(pointer, issuer, NID_ext_key_usage, isClient ? "clientAuth" : "serverAuth,clientAuth") == 1
      && wt_add_extension(pointer, issuer, NID_subject_key_identifier, "hash") == 1
      && wt_add_extension(pointer, issuer, NID_authority_key_identifier, "keyid") == 1
      && X509_add1_ext_i2d(pointer, NID_subject_alt_name, UnsafeMutableRawPointer(names), 0, 0) == 1
      && X509_sign(pointer, self.key.pointer, EVP_sha256()) > 0
    guard isDone else { throw .taken() }
    ERR_clear_error()
    return Issued(certificate: unsafe PEM.bytes { unsafe PEM_write_bio_X509($0, pointer) }, key: key.pem)
  }

  private static func make(
    _ commonName: String, _ key: PrivateKey, days: Int, serial: [UInt8], at seconds: Int64
  ) throws(TLSFault) -> Certificate {
    precondition(serial.count == serialByteCount, "a serial number has 16 bytes")
    guard let pointer = unsafe X509_new() else { throw .taken() }
    let certificate = unsafe Certificate(owning: pointer)
    // The highest bit would make the number negative.
    let positive = [serial[0] & 0x7F | 1] + serial.dropFirst()
    let number = unsafe BN_bin2bn(positive, Int32(positive.count), nil)
    defer { unsafe BN_free(number) }
    var now = time_t(seconds - clockSeconds)
    let text = Array(commonName.utf8)
    let isDone =
      unsafe X509_set_version(pointer, 2) == 1
      && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil
      && X509_time_adj_ex(X509_getm_notBefore(pointer), 0, 0, &now) != nil
      && X509_time_adj_ex(X509_getm_notAfter(pointer), Int32(clamping: days), Int(clockSeconds), &now) != nil
      && X509_set_pubkey(pointer, key.pointer) == 1
      && X509_NAME_add_entry_by_NID(
        X509_get_subject_name(pointer), NID_commonName, MBSTRING_FLAG, text, Int32(text.count), -1, 0) == 1
    guard isDone else { throw .taken() }
    return certificate
  }

  private static func commonName(of certificate: Certificate) -> String {
    var text = [CChar](repeating: 0, count: 65)
    // SAFETY: at most as many bytes as the array has are written, the last of them a zero.
    let count = unsafe X509_NAME_get_text_by_NID(
      X509_get_subject_name(certificate.pointer), NID_commonName, &text, Int32(text.count))
    return String(decoding: text.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return text.contains(":") || parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }

  /// Whether a text is a name of DNS: labels of letters, digits and hyphens.
  private static func isHost(_ text: String) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return text.utf8.count <= 253
      && labels.allSatisfy { label in
        1...63 ~= label.utf8.count && label.first != "-" && label.last != "-"
          && label.utf8.allSatisfy {
            0x61...0x7A ~= $0 || 0x41...0x5A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D
          }
      } && labels.last.map { UInt8($0) == nil } == true
  }
}
