/// The vectors that a network may read, and which of them it does.
package struct VectorInputs: Hashable, Sendable {
  /// Dimensions u, p and r; 0 for none.
  package var user, profile, item: Int
  /// Whether the inputs begin with the user vector and the profile.
  package var usesUser: Bool
  package var usesItem: Bool
  package var usesProduct: Bool
  package var usesDot: Bool

  package init(
    user: Int = 0, profile: Int = 0, item: Int = 0, usesUser: Bool = false, usesItem: Bool = false,
    usesProduct: Bool = false, usesDot: Bool = false
  ) {
    (self.user, self.profile, self.item) = (user, profile, item)
    (self.usesUser, self.usesItem, self.usesProduct, self.usesDot) = (usesUser, usesItem, usesProduct, usesDot)
  }

  /// Whether the network reads rerank vectors in some way.
  package var readsItems: Bool { usesItem || usesProduct || usesDot }
}
