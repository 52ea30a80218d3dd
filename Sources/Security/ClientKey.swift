internal import Bytes
internal import Vocabulary

/// A client's key: its id, and 32 secret bytes that are proved and never sent (`proto-spec/13-security.md`).
package struct ClientKey: Sendable, CustomStringConvertible {
  /// Secret bytes of a key.
  package static let secretByteCount = 32

  /// Letters of the secret, and digits of the sum.
  private static let (secretCount, sumCount) = (43, 6)

  package let id: String
  private let secret: [UInt8]

  /// The key of random bytes.
  ///
  /// - Precondition: `id` is the id of a key, and there are 32 bytes.
  package init(id: String, secret: [UInt8]) {
    precondition(id.isKeyID && secret.count == Self.secretByteCount, "a key has an id and 32 bytes")
    (self.id, self.secret) = (id, secret)
  }

  /// The key that a text is; `nil`: it is none, or was mistyped.
  package init?(text: String) {
    let letters = Array(text.utf8)
    let prefix = Array("wk1_".utf8)
    let sumStart = letters.count - Self.sumCount
    let secretStart = sumStart - 1 - Self.secretCount
    guard letters.starts(with: prefix), secretStart > prefix.count + 1, letters[sumStart - 1] == UInt8(ascii: "_"),
      letters[secretStart - 1] == UInt8(ascii: "_")
    else { return nil }
    let id = String(decoding: letters[prefix.count..<secretStart - 1], as: UTF8.self)
    let coded = String(decoding: letters[secretStart..<sumStart - 1], as: UTF8.self)
    guard id.isKeyID, let secret = Base64.bytes(Self.exchanged(coded, ["-": "+", "_": "/"]) + "="),
      secret.count == Self.secretByteCount
    else { return nil }
    self.init(id: id, secret: secret)
    // Also the two bits that stand behind the last byte, and letters of the other base64, are seen here.
    guard self.text == text else { return nil }
  }

  /// The key as text, for the file that its holder keeps.
  package var text: String {
    let coded = Self.exchanged(String(Base64.text(secret).prefix(Self.secretCount)), ["+": "-", "/": "_"])
    let start = "wk1_\(id)_\(coded)"
    let sum = String(CRC32C.checksum(Array(start.utf8)) >> 8, radix: 16)
    return "\(start)_\(String(repeating: "0", count: Self.sumCount - sum.count))\(sum)"
  }

  /// A key is never printed by accident.
  package var description: String { "‹secret›" }

  /// What a server keeps of the key.
  package var verifier: KeyVerifier {
    KeyVerifier(stored: ContentHash.sha256(clientMAC), server: KeyedHash.sha256(words("server"), key: secret))
  }

  /// The proof of the key on a connection.
  package func proof(of transcript: KeyTranscript) -> [UInt8] {
    KeyVerifier.xor(clientMAC, KeyedHash.sha256(transcript.hash, key: ContentHash.sha256(clientMAC)))
  }

  private var clientMAC: [UInt8] { KeyedHash.sha256(words("client"), key: secret) }

  private func words(_ side: String) -> [UInt8] { Array("winnow \(side) 1\(id)".utf8) }

  private static func exchanged(_ text: String, _ letters: [Character: Character]) -> String {
    String(text.map { letters[$0] ?? $0 })
  }
}
