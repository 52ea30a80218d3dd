import Vocabulary

/// Which components of a pass are left out in training: drawn by place, so that no split of a step changes them.
package struct EncoderDropout: Sendable {
  /// The place that the decayed sum draws by, above all of an encoder's.
  package static let sumPlace = 64

  /// Share of the components of event vectors that an encoder does not see, 0..<1.
  package let inputRate: Float
  /// The same of what its blocks add.
  package let blockRate: Float
  /// Share of the components of event vectors that the decayed sum does not see.
  package let sumRate: Float
  private let key: UInt64
  /// The number within the step of the pass's first row.
  let firstRow: Int

  /// - Parameter key: What the step draws by; another step has another one.
  package init(inputRate: Float, blockRate: Float, sumRate: Float = 0, key: UInt64, firstRow: Int) {
    precondition([inputRate, blockRate, sumRate].allSatisfy { $0 >= 0 && $0 < 1 }, "rates are 0..<1")
    (self.inputRate, self.blockRate, self.sumRate) = (inputRate, blockRate, sumRate)
    (self.key, self.firstRow) = (key, firstRow)
  }

  /// What place number `place` draws by: 0 is the encoder's input, its blocks follow.
  package func key(_ place: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: SplitMix64.mixed(key &+ UInt64(place) &* SplitMix64.step))
  }
}
