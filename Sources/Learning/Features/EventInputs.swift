package import Kernels

/// A network's inputs of `[n]` events besides user and item: the context, and the features known by then.
package struct EventInputs: Sendable {
  /// Rows of `SideInputs.contexts`; empty without contexts.
  package let contexts: [UInt32]
  /// Days since 1970, which ages count from; `nil` without a clock.
  package let days: [Float]?
  /// The user's profile by then: rows of a table `[snapshots, p]`; `nil`: that of `SideInputs.profiles`.
  package let profiles: (table: FloatMatrix, rows: [UInt32])?
  /// The period of `SideInputs.drift`; `nil`: after the last.
  package let periods: [UInt32]?

  package init(
    contexts: [UInt32] = [], days: [Float]? = nil, profiles: (table: FloatMatrix, rows: [UInt32])? = nil,
    periods: [UInt32]? = nil
  ) {
    self.contexts = contexts
    self.days = days
    self.profiles = profiles
    self.periods = periods
  }

  /// The moments, and behind them the same once more as a stranger meets them, of whom only a usual profile is known.
  func withStrangers(_ profile: [Float]?) -> EventInputs {
    var tables = profiles
    if let (table, rows) = profiles, let profile {
      let longer = FloatMatrix(rows: table.rowCapacity + 1, columns: table.columns)
      for row in 0..<table.rowCapacity { longer.copyRow(row, of: table, to: row) }
      longer.setRow(table.rowCapacity, profile)
      tables = (longer, rows + [UInt32](repeating: UInt32(table.rowCapacity), count: rows.count))
    }
    return EventInputs(
      contexts: contexts + contexts, days: days.map { $0 + $0 }, profiles: tables, periods: periods.map { $0 + $0 })
  }
}
