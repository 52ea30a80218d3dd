import Bytes

/// Random bits of a key for one purpose and one row: rows are drawn in any order, by any thread, and are the same.
struct NoiseStream {
  /// What noise is for. Two purposes have nothing in common.
  enum Purpose: UInt32 {
    case counts = 1
    case pairs = 2
    case figures = 3
    case steps = 4
    case coins = 5
  }

  private static let chunkBlocks: UInt32 = 64

  private let key: [UInt8]
  private let nonce: [UInt8]
  private var block: UInt32 = 0
  private var buffer: [UInt8] = []
  private var next = 0
  /// Single bits that were drawn and not yet used.
  private var bits: (word: UInt64, count: Int) = (0, 0)

  init(_ key: NoiseKey, _ purpose: Purpose, row: UInt64) {
    self.key = key.bytes
    nonce =
      (0..<4).map { UInt8(truncatingIfNeeded: purpose.rawValue >> (8 * $0)) }
      + (0..<8).map { UInt8(truncatingIfNeeded: row >> (8 * UInt64($0))) }
  }

  /// 64 random bits, the first byte lowest.
  mutating func word() -> UInt64 {
    if next == buffer.count {
      buffer = ChaCha20.stream(
        key: key, nonce: nonce, block: block, count: Int(Self.chunkBlocks) * ChaCha20.blockByteCount)
      (block, next) = (block + Self.chunkBlocks, 0)
    }
    var word: UInt64 = 0
    for byte in 0..<8 { word |= UInt64(buffer[next + byte]) << UInt64(8 * byte) }
    next += 8
    return word
  }

  /// A fair coin.
  mutating func bit() -> Bool {
    if bits.count == 0 { bits = (word(), 64) }
    let bit = bits.word & 1 == 1
    bits = (bits.word >> 1, bits.count - 1)
    return bit
  }

  /// A number in 0..<bound, each as likely.
  mutating func below(_ bound: UInt64) -> UInt64 {
    while true {
      let product = word().multipliedFullWidth(by: bound)
      // What is left of 2⁶⁴ beyond whole multiples of the bound is drawn again.
      if product.low >= (0 &- bound) % bound { return product.high }
    }
  }

  /// Whether an event of the probability `numerator / denominator` happens, exactly.
  mutating func happens(_ numerator: UInt128, of denominator: UInt128) -> Bool {
    if numerator >= denominator { return true }
    var rest = numerator
    // The next 64 binary digits of the fraction against as many random ones; equal ones decide nothing.
    while rest != 0 {
      let digits: UInt64
      if let small = UInt64(exactly: denominator) {
        let (quotient, remainder) = small.dividingFullWidth((UInt64(rest), 0))
        (digits, rest) = (quotient, UInt128(remainder))
      } else {
        let (quotient, remainder) = denominator.dividingFullWidth((rest >> 64, rest << 64))
        (digits, rest) = (UInt64(truncatingIfNeeded: quotient), remainder)
      }
      let drawn = word()
      if drawn != digits { return drawn < digits }
    }
    return false
  }
}
