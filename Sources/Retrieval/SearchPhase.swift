/// The phases of a search in each block, in their order; a benchmark that watches them learns where the time goes.
package enum SearchPhase: Int, CaseIterable, Sendable {
  /// The look at the longest rows that gives the first threshold.
  case begin
  /// The mask and the filter.
  case filter
  /// The scan of all 4-bit codes.
  case scan
  /// The second look, at the 8-bit codes of what the scan reached.
  case refinement
  /// The float32 scores of what is left.
  case scores
  /// The choice of the best by score and id.
  case selection

  /// Told when a phase has ended, and through how many rows it went.
  package typealias Watch = @Sendable (SearchPhase, Int) -> Void
}
