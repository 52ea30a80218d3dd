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
}
