package import Filters
import Vocabulary

/// What a search sorts and counts (`proto-spec/03-messages/search.md`, version 5).
package struct SearchCounting: FieldGroup, Equatable {
  /// A filter that facets count by in place of the search's.
  package struct OtherFilter: FieldGroup, Equatable {
    /// `nil`: everything passes.
    package var filter: Filter?

    package init() {}

    package init(_ filter: Filter?) { self.filter = filter }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.filter("other_filter", &filter)
    }
  }

  /// An attribute whose values are counted.
  package struct Facet: FieldGroup, Equatable {
    /// What is counted.
    package enum Kind: UInt8, Sendable, CaseIterable {
      case values = 1
      case edges = 2
      /// Numbers by the upper bits of their float64, so that shards' counts add up.
      case buckets = 3
    }

    package var attribute = ""
    package var kind = Kind.values
    /// 0: by the filter of the search; else by this of the other filters, from 1.
    package var filter: UInt8 = 0
    /// Ascending.
    package var edges: [Double] = []

    package init() {}

    package init(_ attribute: String, _ kind: Kind = .values, filter: UInt8 = 0, edges: [Double] = []) {
      (self.attribute, self.kind, self.filter, self.edges) = (attribute, kind, filter, edges)
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.name("attribute", &attribute)
      try c.integer("kind", &kind, in: 1...3)
      try c.integer("filter_number", &filter)
      let at = c.offset
      try c.doubles("edges", &edges, limit: Int(Limits.facetRangesMax) + 1)
      try c.check(
        kind == .edges ? edges.count >= 2 : edges.isEmpty, at: at, "two edges or more, of a facet that has edges")
      try c.check(zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }, at: at, "the edges of a facet ascend")
    }
  }

  /// Whether items that pass are counted.
  package var wantsTotal = false
  /// Empty: the order is that of the retrieval score.
  package var sort: [SortKey] = []
  package var otherFilters: [OtherFilter] = []
  package var facets: [Facet] = []
  /// Ids that count although the search leaves them out: the sender has them from their owners.
  package var counted: [UInt64] = []

  package init() {}

  /// Whether anything is counted.
  package var counts: Bool { wantsTotal || !facets.isEmpty }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.flag("counts_total", &wantsTotal)
    try c.sort("sort", &sort)
    try c.list("other_filters", &otherFilters, leastBytes: 1, limit: Limits.facetsMax)
    let at = c.offset
    try c.list("facets", &facets, leastBytes: 7, limit: Limits.facetsMax)
    try c.check(
      facets.allSatisfy { Int($0.filter) <= otherFilters.count }, at: at, "a facet names a filter that is there")
    try c.ascendingIDs("counted", &counted, limit: Limits.excludeMax)
  }
}

/// What a search has counted.
package struct SearchCounts: FieldGroup, Equatable {
  /// The counts of one facet.
  package struct Facet: FieldGroup, Equatable {
    /// Whether all values were counted.
    package var isWhole = true
    /// Items that have a value; of a keyword set each value counts.
    package var present: UInt64 = 0
    /// The least and the greatest number; 0 if there is none.
    package var least: Double = 0
    package var greatest: Double = 0
    /// Of a facet of values; ascending by bytes.
    package var values: [String] = []
    /// Of a facet of buckets; ascending.
    package var buckets: [UInt32] = []
    /// Of each value, range or bucket.
    package var counts: [UInt64] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.flag("whole", &isWhole)
      try c.integer("present", &present)
      try c.double("least", &least)
      try c.double("greatest", &greatest)
      try c.texts("values", &values, limit: Limits.countedValuesMax, bytes: Limits.attributeBytesMax)
      try c.numbers("buckets", &buckets, limit: Limits.countedValuesMax)
      try c.numbers("counts", &counts, limit: Limits.countedValuesMax)
    }

    package static func == (a: Facet, b: Facet) -> Bool {
      a.isWhole == b.isWhole && a.present == b.present && a.least == b.least && a.greatest == b.greatest
        && a.values.map(\.exact) == b.values.map(\.exact) && a.buckets == b.buckets && a.counts == b.counts
    }
  }

  /// Items that pass filter and exclusions, and, with terms, have one of them.
  package var total: UInt64 = 0
  package var facets: [Facet] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("total", &total)
    try c.list("facets", &facets, leastBytes: 31, limit: Limits.facetsMax)
  }
}
