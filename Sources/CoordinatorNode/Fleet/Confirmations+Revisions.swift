import Telemetry
import Vocabulary
import Wire

/// An older copy of the coordinator's directory that has every generation: shards know by revisions that the catalogue, or the
/// plan of moves, has changed since.
extension Confirmations {
  static let olderWords =
    "the coordinator's directory is older than it was: since then a model has been pushed, or it has become known which "
    + "shards are complete: \(wayOut)"
  static let olderPlanWords =
    "the plan is of an older copy of the coordinator's directory: 'winnow cluster cancel' ends it, and 'winnow cluster resume' "
    + "carries it out all the same"

  /// Of what is in this directory.
  private var own: Revisions {
    let before = store.current.revisionsBefore
    return Revisions(catalogue: before.catalogue &+ registry.revision, plan: before.plan &+ plans.revision)
  }

  /// What shards are told: nothing of what has been found to be older.
  var told: Revisions {
    // Of several coordinators each asks the store, which says itself when it is older than it was.
    guard surroundings.council == nil else { return Revisions() }
    let (own, overtaken) = (own, store.current.overtaken)
    return Revisions(
      catalogue: overtaken.catalogue > 0 ? 0 : own.catalogue, plan: overtaken.plan > 0 ? 0 : own.plan)
  }

  /// Whether the catalogue has changed since this copy of it.
  var isCatalogueOlder: Bool { store.current.overtaken.catalogue > 0 }

  /// Why a plan of moves must not be carried out; `nil`: it may. What has changed since this copy of the directory may have
  /// ended the plan, or the shards that it moves slots between may not be what they were.
  var planObstacle: String? {
    if isCatalogueOlder { return Self.olderWords }
    return store.current.overtaken.plan > 0 ? Self.olderPlanWords : nil
  }

  /// A shard has been told these revisions, by this coordinator or by a later copy of it.
  func note(told: Revisions, by peer: Peer) {
    guard surroundings.council == nil else { return }
    let own = own
    let (before, after) = store.update { confirmed in
      let before = confirmed.overtaken
      if told.catalogue > own.catalogue { confirmed.overtaken.catalogue = max(before.catalogue, told.catalogue) }
      if told.plan > own.plan { confirmed.overtaken.plan = max(before.plan, told.plan) }
      return (before, confirmed.overtaken)
    }
    guard before != after else { return }
    keep()
    for (words, isNews) in [
      (Self.olderWords, before.catalogue == 0 && after.catalogue > 0),
      (Self.olderPlanWords, before.plan == 0 && after.plan > 0 && plans.current != nil),
    ] where isNews {
      surroundings.log?(
        .error, "the coordinator's directory is an older copy",
        [
          "shard": LogValue(peer.id.rawValue), "reason": .text(words),
        ])
    }
  }

  /// An operator decides what becomes of the plan: from now on it is the newest one.
  func takePlan() {
    let own = own
    let isNews = store.update { confirmed in
      let overtaken = confirmed.overtaken.plan
      guard overtaken > 0 else { return false }
      if overtaken >= own.plan { confirmed.revisionsBefore.plan &+= overtaken - own.plan + 1 }
      confirmed.overtaken.plan = 0
      return true
    }
    if isNews { keep() }
  }
}
