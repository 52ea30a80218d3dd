package import Filters

/// What a search counts beside its candidates.
package struct CountQuery: Sendable {
  /// A filter by which facets count.
  package enum Basis: Sendable {
    /// The query's own.
    case query
    case other(TypedFilter?)
  }

  /// An attribute whose values are counted.
  package struct Facet: Sendable {
    /// What of the values is counted.
    package enum Kind: Sendable {
      /// Each value.
      case values
      /// Numbers between neighbouring edges, which ascend; the upper one belongs to the next range, but for the last.
      case edges([Double])
      /// Numbers by the upper bits of their float64.
      case buckets
    }

    let attribute: Int
    let kind: Kind
    /// The place of its filter in `bases`.
    let basis: Int

    /// A facet over an attribute of the schema that is no text.
    package init(attribute: Int, _ kind: Kind, basis: Int = 0) {
      (self.attribute, self.kind, self.basis) = (attribute, kind, basis)
    }
  }

  /// The first is the query's own.
  let bases: [Basis]
  let facets: [Facet]

  /// What counts by the query's filter, and by others in its stead.
  package init(otherFilters: [TypedFilter?] = [], facets: [Facet]) {
    bases = [.query] + otherFilters.map { .other($0) }
    self.facets = facets
  }
}

/// The counts of one facet.
package struct FacetCount: Equatable, Sendable {
  /// What is counted, in the order of values: of texts that of their bytes.
  package enum Counts: Equatable, Sendable {
    case texts([(text: String, count: Int)])
    case ranges([Int])
    case buckets([(bucket: UInt32, count: Int)])

    package static func == (a: Counts, b: Counts) -> Bool {
      switch (a, b) {
      case (.texts(let a), .texts(let b)):
        a.elementsEqual(b) { $0.text.utf8.elementsEqual($1.text.utf8) && $0.count == $1.count }
      case (.ranges(let a), .ranges(let b)): a == b
      case (.buckets(let a), .buckets(let b)): a.elementsEqual(b) { $0 == $1 }
      default: false
      }
    }
  }

  package let counts: Counts
  /// Items that have a value; each value of a keyword set counts.
  package let present: Int
  /// The least and the greatest number, if there are some.
  package let bounds: ClosedRange<Double>?
  /// Whether every value was counted.
  package let isWhole: Bool
}

/// What a search has counted.
package struct CountOutcome: Sendable {
  /// Items that pass mask, filter and exclusions, and match the words if there are some.
  package internal(set) var total = 0
  package internal(set) var facets: [FacetCount] = []
  /// Whether every block was looked at.
  package internal(set) var isComplete = true
}
