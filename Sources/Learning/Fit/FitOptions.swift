/// Everything that a fit of a whole model can be told.
package struct FitOptions: Sendable {
  package var tower = TowerOptions()
  package var network = NetworkOptions()
  package var training = TrainingOptions()
  /// Candidates that the re-ranker gets in validation, and from which its hard negatives are drawn.
  package var depth = 200
  /// Share of each user's events, the latest, that the re-ranker learns on.
  package var rerankShare = 0.2
  /// Users at most whose held-out event chooses the epoch.
  package var validationMax = 3000
  /// Whether the tower is fitted once more on everything, the validation included, before it is exported.
  package var refits = true
  /// Whether that fit learns nothing: it only gives users vectors of a history in which the validation stands.
  package var folds = false

  /// Whether people buy again: what a user has had stays a candidate, and is one even if retrieval does not find it.
  package var keepsKnown = false

  package init() {}
}
