package import Vocabulary

/// The body of AUTH_OK: the server knows the key, and proves that it does.
package struct AuthOK: ConnectionBody {
  private var outcome: UInt8 = 1
  /// What the key may do; unknown bits survive.
  private var roleBits: UInt16 = 0
  /// When the key expires, in seconds since 1970; 0: never.
  package var expires: UInt64 = 0
  /// `[32]`, the server's own proof.
  package var answer: [UInt8] = []

  package init() {}

  /// The answer to a right proof.
  package init(roles: Roles, expires: Int64?, answer: [UInt8]) {
    (roleBits, self.expires, self.answer) = (roles.rawValue, UInt64(clamping: expires ?? 0), answer)
  }

  /// What the key may do.
  package var roles: Roles { Roles(rawValue: roleBits) }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("outcome", &outcome, in: 1...1)
    try c.integer("roles", &roleBits)
    try c.integer("expires", &expires)
    try c.bytes("answer", &answer, count: Auth.proofByteCount)
  }
}
