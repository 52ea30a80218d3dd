import Vocabulary

/// The body of AUTH: a client proves a key (`proto-spec/13-security.md`).
package struct Auth: ConnectionBody {
  /// The proof of a key.
  private static let keyProof: UInt8 = 1
  /// Bytes of a proof.
  package static let proofByteCount = 32

  private var mechanism = keyProof
  /// Of the key: 1 to 32 of `a–z 0–9 -`.
  package var keyID = ""
  /// `[32]`.
  package var proof: [UInt8] = []

  package init() {}

  /// The proof of a key.
  package init(keyID: String, proof: [UInt8]) { (self.keyID, self.proof) = (keyID, proof) }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    let start = c.offset
    try c.integer("mechanism", &mechanism)
    try c.check(mechanism == Self.keyProof, at: start, "1 is the one mechanism", or: .authFailed)
    let idStart = c.offset
    try c.field(
      "key_id", &keyID,
      read: { (reader) throws(WireError) in
        // Bytes that are no ASCII are no id, and the check below says so.
        String(decoding: try reader.bytes(), as: Unicode.UTF8.self)
      },
      write: { id, writer in
        writer.write(UInt8(truncatingIfNeeded: id.utf8.count))
        writer.write(bytes: Array(id.utf8))
      }, show: { id, sheet in sheet.put("key_id", .text(id)) })
    try c.check(keyID.isKeyID, at: idStart, "1 to 32 of a-z, 0-9 and -", or: .authFailed)
    try c.bytes("proof", &proof, count: Self.proofByteCount)
  }
}
