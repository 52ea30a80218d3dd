/// The windows of a pass, end to end: each is the events of one shopper, the oldest first.
package struct EncoderWindows: Sendable {
  /// Rows of each window.
  package let ranges: [Range<Int>]
  /// Of each row: 0 leaves the event out, so that no later place reads it; else its share of the decayed sum.
  package let weights: [Float]
  package let dropout: EncoderDropout?

  /// - Parameters:
  ///   - lengths: How many events each window has, 1 or more.
  ///   - weights: One an event; `nil` stands for ones.
  package init(lengths: [Int], weights: [Float]? = nil, dropout: EncoderDropout? = nil) {
    var ranges: [Range<Int>] = []
    for length in lengths {
      precondition(length > 0, "a window has an event")
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + length)
    }
    let rows = ranges.last?.upperBound ?? 0
    precondition(weights.map { $0.count == rows } ?? true, "a weight for each of \(rows) events")
    self.ranges = ranges
    self.weights = weights ?? [Float](repeating: 1, count: rows)
    self.dropout = dropout
  }

  package var rows: Int { weights.count }
}
