package import Vocabulary

/// What a key gives its holder.
package struct KeyGrant: Hashable, Sendable {
  package let roles: Roles
  package let scope: CollectionScope
  /// Seconds since 1970; `nil`: never.
  package let expires: Int64?
  package let quota: KeyQuota

  /// What a key gives.
  package init(roles: Roles, scope: CollectionScope = .all, expires: Int64? = nil, quota: KeyQuota = KeyQuota()) {
    (self.roles, self.scope, self.expires, self.quota) = (roles, scope, expires, quota)
  }
}
