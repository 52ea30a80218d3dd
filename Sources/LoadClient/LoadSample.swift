/// What one request came to.
package enum LoadSample: Hashable, Sendable {
  /// - Parameters:
  ///   - isCovered: Whether the answer has seen the whole collection.
  ///   - isReranked: Whether all candidates were re-ranked.
  case answered(isCovered: Bool, isReranked: Bool)
  /// By the name of its error.
  case failed(String)
}
