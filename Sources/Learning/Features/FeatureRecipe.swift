package import Ranking

/// How the inputs of a data set are made: vocabularies, normalisations, price levels. Kept with a model, so that a
/// later run makes the same inputs of newer events.
package struct FeatureRecipe: Codable, Hashable, Sendable {
  /// The derived attributes of the model's items, besides those of the data set.
  let derived: DerivedAttributes
  /// The features of items alone.
  let items: [AttributeFeature]
  /// The features of item and user, or of item and moment.
  let crosses: [AttributeFeature]
  let context: [ContextFeature]
  /// The first part of a profile.
  let history: [HistoryInput]
  let historyDecay: Double
  /// The second part: features of the attributes of users.
  let users: [AttributeFeature]
  /// What a shopper had of an item, behind all others.
  let owned: OwnedFeature?

  /// Whether the network reads what a shopper has had.
  package var readsOwned: Bool { owned != nil }

  /// For the manifest, in the order in which the network reads them behind the retrieval score.
  package var attributeFeatures: [AttributeFeature] { items + crosses + (owned.map { [.owned($0)] } ?? []) }

  /// For the manifest.
  package var contextFeatures: [ContextFeature] { context }

  /// The name of each input of a profile, for the manifest.
  package var profileNames: [String] {
    history.map(\.name)
      + users.flatMap { feature in
        let name = "user.\(feature.attribute ?? "")"
        guard case .oneHot(_, let oneHot) = feature else { return [name] }
        return oneHot.words.map { "\(name)=\($0)" } + (oneHot.hasOther ? ["\(name) (other)"] : [])
      }
  }
}
