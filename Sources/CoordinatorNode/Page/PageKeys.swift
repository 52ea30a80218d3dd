import Vocabulary
import Wire

/// The keys that page tokens are made with: a new one each day, and the one before it for a while.
package struct PageKeys: Sendable, Equatable {
  static let keyBytes = 32
  /// How long a key makes tokens, in microseconds.
  static let lifetime: Int64 = 86_400_000_000
  /// How long the tokens of the key before are taken.
  static let grace: Int64 = 600_000_000

  /// Empty: no page was asked for yet.
  private(set) var current: [UInt8] = []
  private var previous: [UInt8] = []
  /// When the current one was made.
  private var made: Int64 = 0

  init() {}

  /// Whether a key is to be made before the next token.
  func isDue(at now: Int64) -> Bool { current.isEmpty || now < made || now - made >= Self.lifetime }

  /// Makes a key.
  mutating func renew(at now: Int64, _ random: some RandomSource) {
    previous = current
    current = (0..<Self.keyBytes / 8).flatMap { _ in
      let word = random.next()
      return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    made = now
  }

  /// The keys whose tokens are taken.
  func taken(at now: Int64) -> [[UInt8]] {
    guard !current.isEmpty else { return [] }
    return previous.isEmpty || now - made >= Self.grace ? [current] : [current, previous]
  }

  // u8 n · n × 32 bytes, the current one first · i64 made; n = 0: nothing follows.

  init(from reader: inout BodyReader) throws(WireError) {
    let count: UInt8 = try reader.integer(in: 0...2)
    guard count > 0 else { return }
    current = Array(try reader.raw(Self.keyBytes))
    if count > 1 { previous = Array(try reader.raw(Self.keyBytes)) }
    made = try reader.integer()
  }

  func write(to writer: inout BodyWriter) {
    let keys = [current, previous].filter { !$0.isEmpty }
    writer.write(UInt8(keys.count))
    for key in keys { writer.write(bytes: key) }
    if !keys.isEmpty { writer.write(made) }
  }
}
