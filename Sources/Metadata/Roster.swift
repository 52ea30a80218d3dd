/// Which states of the shard map and of the catalogue a coordinator serves, by their revisions.
package struct ServedRevisions: Hashable, Sendable {
  package var map: UInt64 = 0
  package var catalogue: UInt64 = 0

  /// Nothing is served yet, unless it is said.
  package init(map: UInt64 = 0, catalogue: UInt64 = 0) { (self.map, self.catalogue) = (map, catalogue) }

  /// Whether these are at least as new.
  package func covers(_ other: ServedRevisions) -> Bool { map >= other.map && catalogue >= other.catalogue }
}

/// A coordinator as it says of itself in the store.
package struct CoordinatorEntry: Hashable, Sendable {
  /// Random, of this start.
  package let id: UInt64
  /// Where clients and other coordinators reach it.
  package let address: String
  package var served = ServedRevisions()

  /// A coordinator that serves nothing yet.
  package init(id: UInt64, address: String) { (self.id, self.address) = (id, address) }
}

/// The coordinators that live, and which of them has the chair.
package struct Roster: Hashable, Sendable {
  /// Ascending by id.
  package let coordinators: [CoordinatorEntry]
  /// The id of the one that administers; `nil`: the chair is free.
  package let chair: UInt64?

  /// A roster of its parts.
  package init(coordinators: [CoordinatorEntry], chair: UInt64?) {
    (self.coordinators, self.chair) = (coordinators.sorted { $0.id < $1.id }, chair)
  }
}

/// A store that several coordinators share. Once one has said that it lives, the store takes changes of map, catalogue and
/// plan from it only while it has the chair.
package protocol SharedMetadataStore: MetadataStore {
  /// Says that a coordinator lives and what it serves, for some seconds; takes the chair if that is free.
  ///
  /// - Parameter standsForChair: Whether it would administer.
  func present(_ own: CoordinatorEntry, standsForChair: Bool) async throws(MetadataError) -> Roster
  /// The coordinator ends: its entry and its chair are free at once.
  func leave() async
  /// Follows all values, for those who watch, until the task is cancelled.
  func run() async
  /// What the store held last, as the coordinator's directory knows it from before this start; `nil`: it knows nothing.
  var remembered: [MetadataName: MetadataValue]? { get }
  /// Takes the state that the store has now for the newest, although it has had later ones: an admin has said so.
  func acceptThatItWentBack()
}

/// For how long what `present` says stands, on the side of the coordinator that lives: less than in the store, for clocks
/// need not run alike.
package enum RosterTimes {
  package static let storeSeconds: UInt64 = 5
  package static let ownMicroseconds: UInt64 = 4_000_000
  package static let renewalMicroseconds: UInt64 = 1_500_000
}
