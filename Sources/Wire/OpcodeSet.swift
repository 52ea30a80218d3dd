/// The opcodes that one side serves, as 256 bits.
package struct OpcodeSet: Sendable, ExpressibleByArrayLiteral {
  private var words: [4 of UInt64] = [0, 0, 0, 0]

  /// A set of these opcodes.
  package init(arrayLiteral opcodes: Opcode...) {
    for opcode in opcodes { insert(opcode) }
  }

  /// Adds an opcode.
  package mutating func insert(_ opcode: Opcode) {
    words[Int(opcode.rawValue >> 6)] |= 1 << UInt64(opcode.rawValue & 63)
  }

  /// Whether the opcode is served.
  package func contains(_ opcode: Opcode) -> Bool {
    words[Int(opcode.rawValue >> 6)] & (1 << UInt64(opcode.rawValue & 63)) != 0
  }
}
