package import Vocabulary

/// What a server knows of a caller.
package struct Principal: Hashable, Sendable {
  /// The id of its key; `nil`: it has none.
  package let key: String?
  /// The collections that it sees.
  package let scope: CollectionScope
  /// How much it may ask for.
  package let quota: KeyQuota

  /// A caller without a key, which sees every collection.
  package static let unnamed = Principal(key: nil)

  /// A caller with a key, or without.
  package init(key: String?, scope: CollectionScope = .all, quota: KeyQuota = KeyQuota()) {
    (self.key, self.scope, self.quota) = (key, scope, quota)
  }
}
