import Filters
import Kernels
import Retrieval
import Vocabulary
import Wire

/// What a search sorts and counts, as the item table takes it.
struct ShardCounting: Sendable {
  /// Empty: the order is that of the retrieval score.
  let sort: [SortOrder]
  /// `nil`: nothing is counted.
  private let count: CountQuery?
  /// What counts although the search leaves it out.
  private let counted: Set<UInt64>

  /// - Throws: UNKNOWN_ATTRIBUTE, BAD_FACET, BAD_FILTER for what does not fit the schema.
  init(_ counting: SearchCounting, _ schema: CollectionSchema) throws(WireError) {
    var sort: [SortOrder] = []
    for key in counting.sort {
      let attribute = try schema.attribute(key.attribute, of: [.int, .float, .bool, .keyword])
      sort.append(SortOrder(attribute: attribute, descends: key.direction == .descending))
    }
    self.sort = sort
    counted = Set(counting.counted)
    guard counting.counts else {
      count = nil
      return
    }
    var filters: [TypedFilter?] = []
    for other in counting.otherFilters {
      do throws(FilterError) { filters.append(try other.filter?.typed(against: schema)) } catch {
        throw WireError(.badFilter, message: error.message)
      }
    }
    var facets: [CountQuery.Facet] = []
    for facet in counting.facets {
      let (kind, types): (CountQuery.Facet.Kind, [AttributeType]) =
        switch facet.kind {
        case .values: (.values, [.int, .bool, .keyword, .keywordSet])
        case .edges: (.edges(facet.edges), [.int, .float])
        case .buckets: (.buckets, [.int, .float])
        }
      facets.append(
        .init(attribute: try schema.attribute(facet.attribute, of: types), kind, basis: Int(facet.filter)))
    }
    count = CountQuery(otherFilters: filters, facets: facets)
  }

  /// Whether the search needs to know which rows have one of its words.
  var needsMatches: Bool { !sort.isEmpty || count != nil }

  /// Counts what passes; `nil`: nothing is to be counted.
  ///
  /// - Parameter exclude: What the search leaves out.
  func counts(
    _ snapshot: Snapshot, _ query: SearchQuery, exclude: [UInt64], matches: [RowBits]?, kernels: KernelSet,
    shouldStop: () -> Bool
  ) -> CountOutcome? {
    guard let count else { return nil }
    var query = query
    if !counted.isEmpty { query.exclude = ExcludeSet(exclude.lazy.filter { !counted.contains($0) }.map { ItemID($0) }) }
    return FacetCounter(kernels: kernels, snapshot, query, count, matches: matches).run(shouldStop: shouldStop)
  }
}

extension CollectionSchema {
  /// The index of an attribute that can be sorted or counted by.
  fileprivate func attribute(_ name: String, of types: [AttributeType]) throws(WireError) -> Int {
    guard let index = attributeIndex(named: name) else {
      throw WireError(.unknownAttribute, message: "the collection has no attribute of this name")
    }
    guard types.contains(attributes[index].type) else {
      throw WireError(.badFacet, message: "\(attributes[index].type.word) is not sorted or counted by in this way")
    }
    return index
  }
}

extension SearchCounts {
  /// What was counted, as it travels.
  init(_ outcome: CountOutcome) {
    self.init()
    total = UInt64(outcome.total)
    facets = outcome.facets.map { counted in
      var facet = Facet()
      facet.isWhole = counted.isWhole
      facet.present = UInt64(counted.present)
      (facet.least, facet.greatest) = (counted.bounds?.lowerBound ?? 0, counted.bounds?.upperBound ?? 0)
      switch counted.counts {
      case .texts(let values):
        facet.values = values.map(\.text)
        facet.counts = values.map { UInt64($0.count) }
      case .ranges(let counts): facet.counts = counts.map { UInt64($0) }
      case .buckets(let buckets):
        facet.buckets = buckets.map(\.bucket)
        facet.counts = buckets.map { UInt64($0.count) }
      }
      return facet
    }
  }
}
