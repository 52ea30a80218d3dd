extension StringProtocol {
  /// Whether a text may be the id of a key: 1…32 of `a–z 0–9 -`.
  package var isKeyID: Bool {
    1...32 ~= utf8.count && utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D }
  }
}
