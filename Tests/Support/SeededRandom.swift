import Vocabulary

/// What tests draw: the same seed gives the same test on every machine.
package struct SeededRandom: RandomNumberGenerator, Sendable {
  private var random: SplitMix64

  /// A generator that replays whenever it is made with the same seed.
  package init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// The next 64 uniformly distributed bits.
  package mutating func next() -> UInt64 { random.next() }

  /// Random bytes, `[count]`.
  package mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }

  /// A few bytes flipped, removed, doubled or replaced by interesting ones.
  package mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
      let at = Int.random(in: bytes.indices, using: &self)
      switch next() % 5 {
      case 0: bytes[at] ^= 1 << UInt8(next() % 8)
      case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...8, using: &self)))
      case 2: bytes.insert(contentsOf: bytes[at...].prefix(16), at: at)
      case 3: bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][Int(next() % 5)]
      default: for index in bytes[at...].prefix(4).indices { bytes[index] = 0xFF }
      }
    }
    return bytes
  }

  /// Random float32 values in a range, `[count]`.
  package mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// The same generator for rooms that are given a `RandomSource`; may be shared between threads.
package final class SeededRandomSource: RandomSource {
  private let generator: Lock<SeededRandom>

  /// A source that replays whenever it is made with the same seed and asked in the same order.
  package init(seed: UInt64) { generator = Lock(SeededRandom(seed: seed)) }

  package func next() -> UInt64 { generator.withLock { $0.next() } }
}
