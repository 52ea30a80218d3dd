/// Refuses what makes items larger while they take more memory than a limit, and for some time after, so that a shard at
/// its limit does not go to and fro.
///
/// No part of the shard's machine: what a log says was admitted once.
struct MemoryGate {
  /// The growth of the items' memory by a write.
  enum Growth {
    /// It adds items, or texts and keywords of any length.
    case unbounded
    /// It rewrites rows as large as they were: what they leave behind is given back.
    case passing
  }

  /// Bytes that items may take.
  let limit: Int
  private(set) var isClosed = false
  private var bytes = 0
  private var rowsUntilMeasured = 0

  /// Rows that are written before the memory is measured again.
  private static let rowsPerMeasurement = 1024

  init(limit: Int) { self.limit = limit }

  /// Takes in that rows will be written.
  ///
  /// - Parameters:
  ///   - measure: The bytes that items take now.
  /// - Returns: What items take, if that is too much; `nil`: the rows may be written.
  mutating func excess(_ growth: Growth, rows: Int, measure: () -> Int) -> Int? {
    rowsUntilMeasured -= rows
    if isClosed || rowsUntilMeasured <= 0 {
      bytes = measure()
      rowsUntilMeasured = Self.rowsPerMeasurement
    }
    isClosed = bytes > (isClosed ? limit - limit / 20 : limit)
    guard isClosed else { return nil }
    // Rows that are rewritten take up to a tenth more until those that they leave are compacted.
    return growth == .passing && bytes <= limit + limit / 10 ? nil : bytes
  }
}
