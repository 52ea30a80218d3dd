import Retrieval
import Testing

/// Rows of a table settle and come back while it is written, a piece a step.
struct SlowSettling {
  private var settlement: Settlement?
  private var isArriving = false
  /// How many settlements have begun.
  private(set) var count = 0

  /// Goes on by a piece.
  ///
  /// - Parameter begins: Whether another settlement may begin.
  mutating func step(_ table: ItemTable, begins: Bool) {
    if isArriving {
      if !table.settle(settlement?.rows, atMost: 7) { (settlement, isArriving) = (nil, false) }
    } else if settlement != nil {
      isArriving = !(settlement?.step() ?? true)
    } else if begins {
      settlement = table.nextSettlement(least: 200)
      #expect(settlement == nil || table.nextSettlement(least: 1) == nil, "one at a time")
      count += settlement == nil ? 0 : 1
    }
  }
}
