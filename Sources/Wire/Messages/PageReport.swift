import Vocabulary

/// What became of the wishes of a search page (`proto-spec/03-messages/rank.md`, version 7).
package struct PageReport: FieldGroup, Equatable {
  /// The counts of a facet.
  package struct Facet: FieldGroup, Equatable {
    package var attribute = ""
    package var kind = PageRequest.Facet.Kind.values
    /// Whether no shard had more values than it could count.
    package var isExact = false
    /// Items that have a value; of a keyword set each value counts.
    package var present: UInt64 = 0
    /// What the counts below leave of `present`.
    package var other: UInt64 = 0
    /// Of `values`, in the order of their counts.
    package var values: [String] = []
    /// The ends of ranges; the upper one belongs to the next, but for the last.
    package var lows: [Double] = []
    package var highs: [Double] = []
    package var counts: [UInt64] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.name("attribute", &attribute)
      try c.integer("kind", &kind, in: 1...3)
      try c.flag("facet_exact", &isExact)
      try c.integer("present", &present)
      try c.integer("other", &other)
      try c.texts("values", &values, limit: Int(Limits.facetValuesMax), bytes: Limits.attributeBytesMax)
      try c.doubles("lows", &lows, limit: Int(Limits.facetRangesMax))
      let highsAt = c.offset
      try c.doubles("highs", &highs, limit: Int(Limits.facetRangesMax))
      try c.check(lows.count == highs.count, at: highsAt, "a range has two ends")
      let at = c.offset
      try c.numbers("counts", &counts, limit: Int(Limits.facetValuesMax))
      try c.check(
        counts.count == (kind == .values ? values.count : lows.count), at: at, "each value or range has a count")
    }

    package static func == (a: Facet, b: Facet) -> Bool {
      a.attribute == b.attribute && a.kind == b.kind && a.isExact == b.isExact && a.present == b.present
        && a.other == b.other && a.values.map(\.exact) == b.values.map(\.exact) && a.lows == b.lows
        && a.highs == b.highs && a.counts == b.counts
    }
  }

  /// What one step of the arrangement did.
  package struct Step: FieldGroup, Equatable {
    /// Unknown numbers survive.
    package struct Kind: RawRepresentable, Worded, Hashable, Sendable {
      package let rawValue: UInt8

      package init(rawValue: UInt8) { self.rawValue = rawValue }

      package static let boosts = Kind(rawValue: 1)
      package static let caps = Kind(rawValue: 2)
      package static let diversity = Kind(rawValue: 3)
      package static let exposure = Kind(rawValue: 4)
      package static let pins = Kind(rawValue: 5)

      package var words: String {
        switch self {
        case .boosts: "boost"
        case .caps: "cap"
        case .diversity: "diversity"
        case .exposure: "exposure"
        case .pins: "pin"
        default: "step \(rawValue)"
        }
      }
    }

    package var kind = Kind.boosts
    /// Candidates that stand at another place than before it.
    package var moved: UInt32 = 0
    /// By how much it lowered the sum of the logits of the first k.
    package var cost: Float = 0
    /// By how much it lowered the sum of their probabilities.
    package var clicksCost: Float = 0

    package init() {}

    package init(_ kind: Kind, moved: UInt32, cost: Float, clicksCost: Float) {
      (self.kind, self.moved, self.cost, self.clicksCost) = (kind, moved, cost, clicksCost)
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("step", &kind)
      try c.integer("moved", &moved)
      try c.float("cost", &cost)
      try c.float("clicks_cost", &clicksCost)
    }
  }

  /// By how many places a step moved a result.
  package struct Move: FieldGroup, Equatable {
    /// The place in the results, from 0.
    package var result: UInt16 = 0
    package var kind = Step.Kind.boosts
    /// Upwards; negative: down.
    package var places: Int32 = 0

    package init() {}

    package init(result: UInt16, _ kind: Step.Kind, places: Int32) {
      (self.result, self.kind, self.places) = (result, kind, places)
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("result", &result)
      try c.integer("step", &kind)
      try c.integer("places", &places)
    }
  }

  /// A rule whose condition held.
  package struct Rule: FieldGroup, Equatable {
    /// What came of it; unknown numbers survive.
    package struct Outcome: RawRepresentable, Worded, Hashable, Sendable {
      package let rawValue: UInt8

      package init(rawValue: UInt8) { self.rawValue = rawValue }

      package static let acted = Outcome(rawValue: 1)
      /// A pinned item does not exist, or its shard did not answer.
      package static let pinMissing = Outcome(rawValue: 2)
      /// The filter or an exclusion keeps a pinned item out.
      package static let pinExcluded = Outcome(rawValue: 3)
      /// Another rule acts in its stead.
      package static let overruled = Outcome(rawValue: 4)
      /// It does not fit the schema of this generation, or the filter of the query has no room for its own.
      package static let unfit = Outcome(rawValue: 5)

      package var words: String {
        switch self {
        case .acted: "acted"
        case .pinMissing: "a pinned item is missing"
        case .pinExcluded: "a pinned item is excluded"
        case .overruled: "overruled"
        case .unfit: "does not fit"
        default: "outcome \(rawValue)"
        }
      }
    }

    package var name = ""
    package var outcome = Outcome.acted
    /// Its answer to the shopper: a text or an address; empty: none.
    package var message = ""

    package init() {}

    package init(_ name: String, _ outcome: Outcome, message: String = "") {
      (self.name, self.outcome, self.message) = (name, outcome, message)
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.name("rule", &name)
      try c.integer("outcome", &outcome)
      try c.text("message", &message, limit: Limits.ruleMessageBytesMax)
    }

    package static func == (a: Rule, b: Rule) -> Bool {
      a.name == b.name && a.outcome == b.outcome && a.message.exact == b.message.exact
    }
  }

  /// Where a page comes from; unknown numbers survive.
  package struct Source: RawRepresentable, Worded, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The first page.
    package static let first = Source(rawValue: 0)
    /// The list was kept.
    package static let kept = Source(rawValue: 1)
    /// The list was made again, and is the same.
    package static let madeAgain = Source(rawValue: 2)
    /// The list was made again, and is another.
    package static let changed = Source(rawValue: 3)

    package var words: String {
      switch self {
      case .first: "first"
      case .kept: "kept"
      case .madeAgain: "made again"
      case .changed: "changed"
      default: "source \(rawValue)"
      }
    }
  }

  /// Items that pass filter and exclusions, and, with words, have one of them; 0 if they were not counted.
  package var total: UInt64 = 0
  package var facets: [Facet] = []
  package var steps: [Step] = []
  package var moves: [Move] = []
  /// The mean similarity of two of the first k, before and after diversity.
  package var similarityBefore: Float = 0
  package var similarityAfter: Float = 0
  package var rules: [Rule] = []
  package var source = Source.first
  /// The place of the first result in the list, from 0.
  package var offset: UInt32 = 0
  /// Places of the whole list; 0 if it is not kept.
  package var listed: UInt32 = 0
  /// For the next page; empty: there is none.
  package var token: [UInt8] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("total", &total)
    try c.list("facets", &facets, leastBytes: 28, limit: Limits.facetsMax)
    try c.list("steps", &steps, leastBytes: 13, limit: Int(UInt8.max))
    try c.list("moves", &moves, leastBytes: 7, limit: Limits.movesMax)
    try c.float("similarity_before", &similarityBefore)
    try c.float("similarity_after", &similarityAfter)
    try c.list("rules", &rules, leastBytes: 5, limit: Limits.actingRulesMax)
    try c.integer("page_source", &source)
    try c.integer("page_offset", &offset)
    try c.integer("listed", &listed)
    try c.numbers("next", &token)
  }
}
