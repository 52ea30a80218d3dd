internal import Bytes
internal import COpenSSL

/// What a server keeps of a key: it knows a right proof by it, and cannot make one.
package struct KeyVerifier: Hashable, Sendable {
  /// `[32]`.
  package let stored: [UInt8]
  /// `[32]`, what the server answers with: who has it can play the server, not the client.
  package let server: [UInt8]

  /// The verifier of two hashes.
  ///
  /// - Precondition: 32 bytes each.
  package init(stored: [UInt8], server: [UInt8]) {
    precondition(stored.count == ContentHash.byteCount && server.count == ContentHash.byteCount, "hashes of 32 bytes")
    (self.stored, self.server) = (stored, server)
  }

  /// The verifier of an id that no key has: no proof fits it, and the comparison is the same work.
  package init(decoyOf id: String, secret: [UInt8]) {
    let hash = KeyedHash.sha256(Array(id.utf8), key: secret)
    self.init(stored: hash, server: hash)
  }

  /// Whether a proof is right; takes the same time for each proof.
  package func accepts(_ proof: [UInt8], of transcript: KeyTranscript) -> Bool {
    guard proof.count == stored.count else { return false }
    let found = ContentHash.sha256(Self.xor(proof, KeyedHash.sha256(transcript.hash, key: stored)))
    return Self.areEqual(found, stored)
  }

  /// Whether it is the one of a key, which was sent; takes the same time for each key.
  package func isOf(_ key: ClientKey) -> Bool { Self.areEqual(key.verifier.stored, stored) }

  /// The server's own proof.
  package func answer(to transcript: KeyTranscript) -> [UInt8] { KeyedHash.sha256(transcript.hash, key: server) }

  /// Whether an answer is right; takes the same time for each answer.
  package func isAnswered(_ answer: [UInt8], _ transcript: KeyTranscript) -> Bool {
    Self.areEqual(answer, self.answer(to: transcript))
  }

  static func xor(_ one: [UInt8], _ other: [UInt8]) -> [UInt8] { zip(one, other).map { $0 ^ $1 } }

  private static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    // SAFETY: both arrays have the count that is compared.
    unsafe one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
  }
}
