package import DataSets
package import Kernels
import Names
package import Ranking
import Vocabulary

/// The inputs of a data set for training, and what makes a server compute the same: features of the manifest, profiles
/// of the user table, attributes of the items.
///
/// Nothing but events that are learned from goes into it, and each is learned from with what was known before it. Users
/// are served with the profile that they had at the end of the log; a later training renews it.
package struct FeaturePlan: Sendable {
  /// Keep it with the model.
  package let recipe: FeatureRecipe
  /// The items with derived attributes: what the model's `items.jsonl` and `schema.json` have.
  package let catalogue: AttributeColumns
  /// All that the network reads but the retrieval tower, which the caller adds.
  package let side: SideInputs

  /// For the manifest, behind the retrieval score.
  package var attributeFeatures: [AttributeFeature] { recipe.attributeFeatures }
  /// For the manifest.
  package var contextFeatures: [ContextFeature] { recipe.contextFeatures }
  /// For the manifest.
  package var profileNames: [String] { recipe.profileNames }

  /// Makes the inputs of a data set.
  ///
  /// - Parameters:
  ///   - known: The numbers of the events that may be known: all but those that are held out.
  ///   - learned: The numbers of those that the network learns from, in the order of the log that the trainer is given;
  ///     `nil`: all that are known.
  ///   - counted: The numbers of those that popularity and age of items are made of; `nil`: all that are known.
  ///   - recipe: What an earlier run made; `nil` learns vocabularies and normalisations from this data.
  /// - Throws: What a manifest with these features would be refused for.
  package init(
    _ data: DataSet, known: [Int], learned: [Int]? = nil, counted: [Int]? = nil,
    options: FeatureOptions = FeatureOptions(), recipe: FeatureRecipe? = nil,
    kernels: KernelSet = KernelSet()
  ) throws(ModelError) {
    let log = TrainingEvents(data, known: known, learned: learned ?? known)
    let counts = counted.map { TrainingEvents(data, known: $0, learned: []) } ?? log
    let popularity = ItemPopularity(counts.interactions)
    let given = data.catalogue.filter { !$0.name.hasPrefix(DerivedAttributes.prefix) }
    let derived = recipe?.derived ?? DerivedAttributes(given, hasClock: data.hasClock)
    let catalogue = derived.extend(given, popularity: popularity.after, firstSeen: counts.firstDays)
    let users = AttributeColumns(
      ids: data.users.ids.map { ItemID($0) }, definitions: data.userDefinitions, columns: data.userColumns)
    let recipe = recipe ?? FeatureRecipe(log, catalogue, users, derived, options)

    var side = SideInputs()
    if !recipe.items.isEmpty { side.attributes = try catalogue.inputs(recipe.items, kernels: kernels) }
    side.drift = Self.drift(recipe, popularity)
    side.crosses = catalogue.crosses(recipe.crosses, profileNames: recipe.profileNames)
    let profiles = try UserProfiles(recipe, log, catalogue, users, kernels)
    if !recipe.profileNames.isEmpty { side.profiles = profiles.final }
    if !recipe.crosses.isEmpty || !recipe.context.isEmpty || side.profiles != nil || side.drift != nil
      || recipe.owned != nil
    {
      var contexts = try ContextRows(recipe.context)
      side.events = EventInputs(
        contexts: log.learned.map { contexts.place(log.eventContexts[$0]) },
        days: log.days.map { days in log.learned.map { days[$0] } },
        profiles: side.profiles == nil ? nil : (profiles.snapshots, profiles.rowOfEvent),
        periods: side.drift == nil ? nil : log.learned.map { popularity.periodOfEvent[$0] })
      side.users = EventInputs(
        contexts: log.next.map { contexts.place($0) },
        days: data.hasClock ? log.next.map { $0.moment?.day ?? 0 } : nil)
      side.contexts = contexts.matrix
    }
    side.owned = recipe.owned.map { OwnedHistory(log, $0) }
    self.recipe = recipe
    self.catalogue = catalogue
    self.side = side
  }

  private static func drift(_ recipe: FeatureRecipe, _ popularity: ItemPopularity) -> SideInputs.Drift? {
    var column = 0
    for feature in recipe.items {
      if case .numeric(DerivedAttributes.popularity, let normalisation) = feature {
        return SideInputs.Drift(column: column, values: popularity.before.map { normalisation.input($0) })
      }
      column += feature.width
    }
    return nil
  }
}
