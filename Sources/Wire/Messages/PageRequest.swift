import Vocabulary

/// What a search page wants besides a ranked list (`proto-spec/03-messages/rank.md`, version 7).
package struct PageRequest: FieldGroup, Equatable {
  /// An attribute whose values are counted.
  package struct Facet: FieldGroup, Equatable {
    /// What is counted.
    package enum Kind: UInt8, Sendable, CaseIterable {
      /// Each value: the `most` most frequent ones.
      case values = 1
      /// Numbers between neighbouring edges.
      case edges = 2
      /// Numbers in at most `most` ranges of about as many items each.
      case ranges = 3
    }

    package var attribute = ""
    package var kind = Kind.values
    /// Whether the predicates on this attribute do not count, so that values beside the chosen ones are seen.
    package var ignoresOwn = false
    package var most: UInt16 = 0
    /// Ascending.
    package var edges: [Double] = []

    package init() {}

    package init(_ attribute: String, _ kind: Kind = .values, most: UInt16 = 0, edges: [Double] = []) {
      (self.attribute, self.kind, self.most, self.edges) = (attribute, kind, most, edges)
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.name("attribute", &attribute)
      try c.integer("kind", &kind, in: 1...3)
      try c.flag("ignores_own", &ignoresOwn)
      let mostMax: UInt16 = kind == .values ? Limits.facetValuesMax : kind == .ranges ? Limits.facetRangesMax : 0
      try c.integer("most", &most, in: min(1, mostMax)...mostMax, or: .limitExceeded)
      let at = c.offset
      try c.doubles("edges", &edges, limit: Int(Limits.facetRangesMax) + 1)
      try c.check(
        kind == .edges ? edges.count >= 2 : edges.isEmpty, at: at, "two edges or more, of a facet that has edges")
      try c.check(zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }, at: at, "the edges of a facet ascend")
    }
  }

  /// How alike the first places may be.
  package struct Diversity: FieldGroup, Equatable {
    /// How many candidates, from the first, are placed in another order; 0: none.
    package var window: UInt16 = 0
    /// 0: only the logit counts; 1: only how unlike the items are.
    package var lambda: Float = 0
    /// Items with the same value of it are alike; `nil`: by their vectors.
    package var attribute: String?

    package init() {}

    package init(window: UInt16, lambda: Float, attribute: String? = nil) {
      (self.window, self.lambda, self.attribute) = (window, lambda, attribute)
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("window", &window, in: 0...Limits.diversityWindowMax, or: .limitExceeded)
      let at = c.offset
      try c.float("lambda", &lambda)
      try c.check((0...1).contains(lambda), at: at, "lambda is 0 to 1")
      let attributeAt = c.offset
      try c.name("alike_by", &attribute)
      try c.check(
        window > 0 || lambda.bitPattern == 0 && attribute == nil, at: attributeAt,
        "without a window there is no diversity")
    }
  }

  /// Which groups of items have which part of the exposure.
  package struct Exposure: FieldGroup, Equatable {
    /// How it is steered.
    package enum Mode: UInt8, Sendable, CaseIterable {
      case none = 0
      /// Every prefix of each list has as many of a group as a binomial test allows at least.
      case perList = 1
      /// What a group is owed from earlier lists is added to its logits.
      case overTime = 2
    }

    /// A group and the part of the exposure that it is to have.
    package struct Target: FieldGroup, Equatable {
      package var group = ""
      package var share: Float = 0

      package init() {}

      package init(_ group: String, _ share: Float) { (self.group, self.share) = (group, share) }

      package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
        try c.text("group", &group, limit: Limits.exposureGroupBytesMax)
        let at = c.offset
        try c.float("share", &share)
        try c.check((0...1).contains(share), at: at, "a share is 0 to 1")
      }

      package static func == (a: Target, b: Target) -> Bool { a.group.exact == b.group.exact && a.share == b.share }
    }

    package var mode = Mode.none
    /// Per list the significance of the test, 2⁻²⁰…0.5; over time what a whole share that is owed adds to a logit.
    package var strength: Float = 0
    package var attribute: String?
    /// No group twice; the sum of the shares is at most 1.
    package var targets: [Target] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("mode", &mode, in: 0...2)
      let strengthAt = c.offset
      try c.float("strength", &strength)
      try c.check(
        mode == .none
          ? strength.bitPattern == 0 : mode == .perList ? (0x1p-20...0.5).contains(strength) : strength >= 0,
        at: strengthAt, "the strength is 2⁻²⁰ to 0.5 per list, 0 or more over time, and 0 without exposure")
      let attributeAt = c.offset
      try c.name("exposure_by", &attribute)
      try c.check(
        (attribute != nil) == (mode != .none), at: attributeAt, "exposure and its attribute are given together")
      let targetsAt = c.offset
      try c.list("targets", &targets, leastBytes: 6, limit: Limits.exposureGroupsMax)
      try c.check(targets.isEmpty == (mode == .none), at: targetsAt, "exposure and its targets are given together")
      try c.check(
        !targets.map(\.group).hasRepeats, at: targetsAt, "a group has one target", or: .duplicateField)
      try c.check(
        targets.reduce(0) { $0 + Double($1.share) } <= 1.000_001, at: targetsAt, "the shares sum to at most 1",
        or: .impossibleTarget)
    }
  }

  /// Whether the reply has a token for the next page.
  package var wantsNext = false
  /// Whether all items that pass are counted.
  package var wantsTotal = false
  /// Whether the rules of the collection do not count.
  package var skipsRules = false
  /// That of the page before; empty: this is the first.
  package var token: [UInt8] = []
  /// Empty: the order is that of ranking.
  package var sort: [SortKey] = []
  package var facets: [Facet] = []
  package var diversity = Diversity()
  package var exposure = Exposure()

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var flags: UInt8 = (wantsNext ? 1 : 0) | (wantsTotal ? 2 : 0) | (skipsRules ? 4 : 0)
    try c.integer("page_flags", &flags, in: 0...7)
    (wantsNext, wantsTotal, skipsRules) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
    let tokenAt = c.offset
    try c.numbers("token", &token)
    try c.check(
      token.count <= Limits.pageTokenBytesMax, at: tokenAt, "a token has at most \(Limits.pageTokenBytesMax) bytes",
      or: .limitExceeded)
    try c.sort("sort", &sort)
    try c.list("facets", &facets, leastBytes: 8, limit: Limits.facetsMax)
    let arrangedAt = c.offset
    try diversity.fields(&c)
    try exposure.fields(&c)
    try c.check(
      sort.isEmpty || diversity.window == 0 && exposure.mode == .none, at: arrangedAt,
      "a list that is sorted by attributes is not arranged")
  }
}
