import DataSets
import Kernels
import Ranking
import Vocabulary

/// Makes what a network with a model's features reads of a catalogue or a plan.
struct SideReader {
  /// Without the retrieval score; those that read more than the item last.
  let attributes: [AttributeFeature]
  let context: [ContextFeature]
  let profileNames: [String]
  let userCount: Int
  let itemIDs: [ItemID]
  let kernels: KernelSet
  /// Whether what users have had comes with a plan later, and is left open until then.
  var awaitsPlan = false

  /// The inputs of the plan, or else those of the catalogue with profiles and without any moment.
  ///
  /// - Throws: If the plan makes other inputs than the model reads, or items are missing or in another order.
  func side(_ catalogue: AttributeColumns?, profiles: FloatMatrix?, plan: FeaturePlan?) throws(ModelError) -> SideInputs
  {
    if let plan {
      guard plan.attributeFeatures == attributes, plan.contextFeatures == context, plan.profileNames == profileNames,
        plan.catalogue.ids == itemIDs, plan.side.profiles?.rowCapacity ?? userCount == userCount
      else {
        throw ModelError(.manifest, "inputs", .wrongShape, "the features were made by another recipe or of other items")
      }
      return plan.side
    }
    var side = SideInputs(profiles: profiles)
    if let owned = attributes.lazy.compactMap(\.owned).first {
      guard awaitsPlan else {
        throw ModelError(.users, "owned.end", .missing, "what users have had is made of a log, which is needed")
      }
      side.owned = OwnedHistory(strangers: userCount, owned)
    }
    if !attributes.isEmpty {
      guard let catalogue, catalogue.ids == itemIDs else {
        throw ModelError(.items, "id", .missing, "the model reads attributes: all its items in its order are needed")
      }
      let ofItems = attributes.filter { !$0.isCross && $0.owned == nil }
      if !ofItems.isEmpty { side.attributes = try catalogue.inputs(ofItems, kernels: kernels) }
      side.crosses = catalogue.crosses(attributes.filter(\.isCross), profileNames: profileNames)
    }
    var contexts = try ContextRows(context)
    if !context.isEmpty {
      let place = contexts.place(EventContext())
      side.users = EventInputs(contexts: [UInt32](repeating: place, count: userCount))
      side.contexts = contexts.matrix
    }
    return side
  }
}
