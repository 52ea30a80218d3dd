/// What a caller may do: a set of roles.
package struct Roles: OptionSet, Hashable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Ask for rankings, items and histories.
  package static let read = Roles(rawValue: 1)
  /// Change items and histories.
  package static let write = Roles(rawValue: 2)
  /// Change collections, models and the cluster.
  package static let admin = Roles(rawValue: 4)
  /// Read counts.
  package static let metrics = Roles(rawValue: 8)
  /// Be a coordinator.
  package static let node = Roles(rawValue: 16)

  /// All of them.
  package static let any: Roles = [.read, .write, .admin, .metrics, .node]

  /// The roles that a key may have, by their words.
  package static let words: [(word: String, roles: Roles)] = [
    ("read", .read), ("write", .write), ("admin", .admin), ("metrics", .metrics),
  ]
}
