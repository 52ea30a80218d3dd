import Kernels
import Ranking
package import Towers

extension RetrievalTower {
  /// How many of a shopper's latest events a model with least squares stores.
  private static let storedByLeastSquares = 20

  /// What folds newer events in when the tower serves; `nil` if nothing does.
  package func serving(_ options: TowerOptions, _ known: KnownEvents) -> Tower? {
    let d = embeddings.columns
    switch options.kind {
    case .als:
      guard d <= Manifest.alsDimensionMax else { return nil }
      let als = options.als
      let fold = ALSFold(
        items: embeddings, alpha: als.unobservedWeight, lambda: als.regularisation, length: Self.storedByLeastSquares)
      return .als(fold, weights: known.weights, cut: known.cut)
    case .history:
      return history.map { .history($0.parameters, weights: known.weights, cut: known.cut) }
    case .bpr: return nil
    }
  }
}
