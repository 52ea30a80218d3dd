import Vocabulary

/// Which components of a pass are left out in training: drawn by place, so that no split of a step changes them.
package struct EncoderDropout: Sendable {
  /// Share of the components of event vectors that an encoder does not see, 0..<1; the decayed sum sees all.
  package let inputRate: Float
  /// The same of what its blocks add.
  package let blockRate: Float
  private let key: UInt64
  /// The number within the step of the pass's first row.
  let firstRow: Int

  /// - Parameter key: What the step draws by; another step has another one.
  package init(inputRate: Float, blockRate: Float, key: UInt64, firstRow: Int) {
    precondition(inputRate >= 0 && inputRate < 1 && blockRate >= 0 && blockRate < 1, "rates are 0..<1")
    (self.inputRate, self.blockRate, self.key, self.firstRow) = (inputRate, blockRate, key, firstRow)
  }

  /// What place number `place` of an encoder draws by.
  package func key(_ place: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: SplitMix64.mixed(key &+ UInt64(place) &* SplitMix64.step))
  }
}
