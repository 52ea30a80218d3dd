/// How often what a coordinator keeps in its directory has changed; 0: it is not known.
package struct Revisions: FieldGroup, Equatable, Sendable {
  /// Of the catalogue: collections, generations, models, which shards are complete.
  package var catalogue: UInt64 = 0
  /// Of the plan of moves.
  package var plan: UInt64 = 0

  package init() {}

  package init(catalogue: UInt64, plan: UInt64) { (self.catalogue, self.plan) = (catalogue, plan) }

  /// The higher one of each.
  package func joined(with other: Revisions) -> Revisions {
    Revisions(catalogue: max(catalogue, other.catalogue), plan: max(plan, other.plan))
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("catalogue_revision", &catalogue)
    try c.integer("plan_revision", &plan)
  }
}
