/// How search by words was fitted, as `training.json` has it.
package struct SearchRecord: Sendable, Codable, Equatable {
  /// Passes of the text tower.
  package let passes: Int
  /// NDCG@10 of searches held out, with the shopper and without; `nil` where there were too few.
  package let ndcg, ndcgAlone: Double?
  /// Whether these were searches of the log, and not words drawn of the items held out.
  package let typed: Bool
  /// NDCG@10 of searches held out by the score of both arms alone, and in the order that was chosen of the candidates;
  /// `nil` where there were too few.
  package var fused: Double?
  package var ranked: Double?
}
