package import DataSets
package import Ranking

/// The inputs of a model that is fitted in parts: while it learns and is judged, and when it is served.
package struct FeaturePlans: Sendable {
  /// Learned from: the re-ranker's events. Known: all but the validation.
  package let learning: FeaturePlan
  /// The same inputs, with everything known; or with what users did known, and items as they were while learning.
  package let serving: FeaturePlan

  /// - Parameters:
  ///   - parts: Of the data set's log.
  ///   - folds: Whether the validation is not learned from, not even how often items were chosen.
  ///   - recipe: That of a model which is trained further; `nil` learns one from the data.
  /// - Throws: What a manifest with these features would be refused for.
  package init(
    _ data: DataSet, _ parts: FitParts, _ options: FeatureOptions = FeatureOptions(), folds: Bool = false,
    recipe: FeatureRecipe? = nil
  ) throws(ModelError) {
    precondition(parts.whole.count == data.interactions.count, "parts of this log")
    let events = Array(0..<data.interactions.count)
    let known = events.filter { !parts.isValidation[$0] }
    learning = try FeaturePlan(
      data, known: known, learned: parts.rerankerEvents, options: options,
      recipe: recipe)
    serving = try FeaturePlan(data, known: events, learned: [], counted: folds ? known : nil, recipe: learning.recipe)
  }
}
