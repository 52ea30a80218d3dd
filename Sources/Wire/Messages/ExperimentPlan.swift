package import Vocabulary

/// How the shoppers of a collection are divided between generations (`proto-spec/03-messages/experiment.md`).
package struct ExperimentPlan: FieldGroup, Equatable {
  /// Shoppers that one generation answers.
  package struct Arm: FieldGroup, Equatable {
    package var name = ""
    package var generation = Generation(0)
    /// Millionths of the shoppers.
    package var share: UInt32 = 0

    package init() {}

    package init(_ name: String, _ generation: Generation, share: UInt32) {
      (self.name, self.generation, self.share) = (name, generation, share)
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.name("name", &name)
      try c.integer("generation", &generation, in: 1...UInt32.max)
      try c.integer("share", &share, in: 1...1_000_000)
    }
  }

  /// What ends the experiment for an arm.
  package struct Guard: FieldGroup, Equatable {
    /// What is watched.
    package enum Kind: UInt8, Sendable, CaseIterable {
      /// Millionths of the queries fail.
      case errors = 1
      /// One query in a hundred takes longer than the limit, in microseconds.
      case slow = 2
      /// Clicks for each query are fewer than the first arm's, by millionths of those.
      case clicks = 3
    }

    package var kind = Kind.errors
    package var limit: UInt32 = 0

    package init() {}

    package init(_ kind: Kind, limit: UInt32) { (self.kind, self.limit) = (kind, limit) }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("kind", &kind, in: 1...3)
      try c.integer("limit", &limit, in: 1...UInt32.max)
    }
  }

  /// By which shoppers are mixed; 0: the coordinator makes one.
  package var salt: UInt64 = 0
  /// The first one is what others are compared with.
  package var arms: [Arm] = []
  /// Answers a share of the queries in the background; 0: none does.
  package var shadow = Generation(0)
  /// Millionths of the queries.
  package var shadowShare: UInt32 = 0
  package var guards: [Guard] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("salt", &salt)
    let armsAt = c.offset
    try c.list("arms", &arms, leastBytes: 10, limit: Limits.armsMax)
    try c.check(
      arms.isEmpty || arms.reduce(0) { $0 + UInt64($1.share) } == 1_000_000, at: armsAt,
      "the shares of the arms are 1,000,000 together")
    try c.check(Set(arms.map(\.name.exact)).count == arms.count, at: armsAt, "an arm stands once", or: .duplicateField)
    let shadowAt = c.offset
    try c.integer("shadow", &shadow)
    try c.integer("shadow_share", &shadowShare, in: 0...1_000_000)
    try c.check((shadow.rawValue == 0) == (shadowShare == 0), at: shadowAt, "a shadow and its share are given together")
    let guardsAt = c.offset
    try c.list("guards", &guards, leastBytes: 5, limit: Limits.guardsMax)
    try c.check(arms.count > 1 || guards.isEmpty, at: guardsAt, "a guard ends an arm, and there is no second one")
  }

  /// The arm of a shopper: the same for good, in every coordinator.
  package func arm(of user: UInt64) -> Arm? {
    let place = SplitMix64.mixed(user ^ SplitMix64.mixed(salt)).multipliedFullWidth(by: 1_000_000).high
    var end: UInt64 = 0
    return arms.first { arm in
      end += UInt64(arm.share)
      return place < end
    }
  }
}
