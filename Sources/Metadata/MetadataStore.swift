package import Storage

/// The name of one value of a cluster.
package enum MetadataName: Hashable, Sendable {
  /// Which shard keeps which slots.
  case shardMap
  /// The collections, their generations and models.
  case catalogue
  /// The plan of moves.
  case moves
  /// The number by which shards know the coordinators of a cluster; only where there may be several.
  case claim
  /// The members of a shard, by its number.
  case group(UInt16)

  /// Those that are there once for each cluster.
  package static let fixed: [MetadataName] = [.shardMap, .catalogue, .moves, .claim]

  /// Whether only the coordinator that has the chair changes it.
  package var isOfTheChair: Bool {
    switch self {
    case .shardMap, .catalogue, .moves: true
    case .claim, .group: false
    }
  }

  /// The name of what a store has under `rawValue`; `nil`: there is no such value.
  init?(rawValue: String) {
    if let fixed = Self.fixed.first(where: { $0.rawValue == rawValue }) {
      self = fixed
    } else if rawValue.hasPrefix("shard/"), let shard = UInt16(rawValue.dropFirst(6)) {
      self = .group(shard)
    } else {
      return nil
    }
  }

  /// The name in the store.
  package var rawValue: String {
    switch self {
    case .shardMap: "shard-map"
    case .catalogue: "catalogue"
    case .moves: "moves"
    case .claim: "claim"
    case .group(let shard): "shard/\(shard)"
    }
  }
}

/// A value as a store keeps it.
package struct MetadataValue: Hashable, Sendable {
  /// What was written.
  package let bytes: [UInt8]
  /// The store's number for this state; grows with each write and is what a change compares.
  package let revision: UInt64

  /// A value in a state of the store.
  package init(bytes: [UInt8], revision: UInt64) {
    self.bytes = bytes
    self.revision = revision
  }
}

/// A change of one value, if the store still holds what its writer has seen.
package struct MetadataChange: Hashable, Sendable {
  /// Which value.
  package let name: MetadataName
  /// What it becomes.
  package let bytes: [UInt8]
  /// The revision seen; `nil` if there was no value.
  package let expected: UInt64?
  /// Who asks for it, by a random number; one change of a name at a time.
  package let writer: UInt64
  /// Another one for each change of a writer: by it the writer finds its change after an answer was lost, also below
  /// later ones of others.
  package let number: UInt64

  /// A change that is made at most once, as often as it is asked for.
  package init(_ name: MetadataName, _ bytes: [UInt8], expected: UInt64?, writer: UInt64, number: UInt64) {
    self.name = name
    self.bytes = bytes
    self.expected = expected
    self.writer = writer
    self.number = number
  }
}

/// Why a value could not be read or changed.
package enum MetadataError: Error, Hashable, Sendable {
  /// Another writer was faster: this is what the store holds now, `nil` if it holds nothing. Ours was not made and never
  /// will be.
  case conflict(MetadataValue?)
  /// The change was made or was not, or will be made later: ask for the same change again to know.
  ///
  /// - Parameter because: The failure of the disk that leaves it open.
  case undecided(String, because: StorageError? = nil)
  /// Nothing was written: the store cannot be reached, or refuses.
  case unavailable(String)
  /// The store holds an older state than it once did, as after a backup was put back.
  case wentBack(from: UInt64, to: UInt64)
  /// The disk beneath failed; nothing was written.
  case storage(StorageError)

  /// A sentence for people.
  package var text: String {
    switch self {
    case .conflict: "another writer was faster"
    case .undecided(let reason, _), .unavailable(let reason): reason
    case .wentBack(let from, let to):
      "the store went back from revision \(from) to \(to): was a backup put back?"
    case .storage(let error): error.text
    }
  }
}

/// The home of what a cluster must agree on: named values, each changed only by comparing what one has seen with what
/// is there. Changes of one name have one order, which every reader sees.
package protocol MetadataStore: Sendable {
  /// The value that is there, or `nil` if none was ever written; never an older one than an earlier call has returned.
  func get(_ name: MetadataName) async throws(MetadataError) -> MetadataValue?

  /// Makes a change, durable on return. Asked again with the same change, it is made once.
  ///
  /// - Returns: what is there after it: the change, or a later one that was made over it.
  func compareAndSet(_ change: MetadataChange) async throws(MetadataError) -> MetadataValue

  /// The value that is there, if any, and every later one; a slow reader gets the newest and misses those between.
  func watch(_ name: MetadataName) -> AsyncStream<MetadataValue>
}
