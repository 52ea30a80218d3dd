import Filters
import Vocabulary
import Wire

/// What a query does for a search page besides ranking, checked against the schema.
package struct PagePlan: Sendable {
  /// A boost, as the coordinator computes it for candidates.
  struct Boost: Sendable {
    let filter: TypedFilter
    let logits: Float
  }

  /// By which columns the list is sorted in place of the model.
  let sort: [SortColumn]
  /// What the shards sort and count.
  var counting: SearchCounting
  /// As they were asked for.
  let facets: [PageRequest.Facet]
  let alikeColumn: Int?
  let exposureColumn: Int?
  let boosts: [Boost]
  /// For each attribute of the schema the position of its column, if a boost reads it.
  let boostColumns: [Int?]
  let pins: [RuleEffect.Pin]

  /// - Parameters:
  ///   - filter: Of the query, with those of rules.
  ///   - position: Adds an attribute to the columns of the shards' replies.
  /// - Throws: UNKNOWN_ATTRIBUTE, BAD_FACET.
  init(
    _ request: RankRequest, _ collection: ServingCollection, filter: Filter?, _ effect: RuleEffect,
    _ position: @escaping (AttributeDefinition) -> Int
  ) throws(WireError) {
    let (page, schema, at) = (request.page, collection.schema, request.pageOffset)
    var counting = SearchCounting()
    counting.wantsTotal = page.wantsTotal || !page.facets.isEmpty
    var sort: [SortColumn] = []
    for key in page.sort {
      let definition = try collection.definition(key.attribute, at: at)
      guard [.int, .float, .bool, .keyword].contains(definition.type) else {
        throw Self.bad(definition, "a list is sorted by an int, a float, a bool or a keyword", at)
      }
      sort.append(SortColumn(column: position(definition), descends: key.direction == .descending))
    }
    counting.sort = page.sort
    for facet in page.facets {
      let definition = try collection.definition(facet.attribute, at: at)
      let isNumber = definition.type == .int || definition.type == .float
      guard facet.kind == .values ? definition.type != .float && definition.type != .text : isNumber else {
        throw Self.bad(
          definition,
          facet.kind == .values
            ? "values are counted of a keyword, a keyword_set, a bool or an int: give ranges or edges of a float"
            : "ranges and edges are of an int or a float", at)
      }
      var number: UInt8 = 0
      if facet.ignoresOwn, let filter, filter.attributeNames.contains(facet.attribute) {
        let other = SearchCounting.OtherFilter(try Self.without(facet.attribute, filter, at))
        let place = counting.otherFilters.firstIndex(of: other)
        if place == nil { counting.otherFilters.append(other) }
        number = UInt8((place ?? counting.otherFilters.count - 1) + 1)
      }
      let kind: SearchCounting.Facet.Kind =
        facet.kind == .values ? .values : facet.kind == .edges ? .edges : .buckets
      counting.facets.append(.init(facet.attribute, kind, filter: number, edges: facet.edges))
    }
    (self.sort, self.counting, facets) = (sort, counting, page.facets)
    let column = { (name: String?) throws(WireError) -> Int? in
      guard let name else { return nil }
      let definition = try collection.definition(name, at: at)
      guard [.keyword, .int, .bool].contains(definition.type) else {
        throw Self.bad(definition, "a group attribute is a keyword, an int or a bool", at)
      }
      return position(definition)
    }
    alikeColumn = try column(page.diversity.attribute)
    exposureColumn = try column(page.exposure.attribute)
    var columns = [Int?](repeating: nil, count: schema.attributes.count)
    var boosts: [Boost] = []
    // A sorted list has no logits.
    for boost in sort.isEmpty ? effect.boosts : [] {
      guard let typed = try? boost.filter.typed(against: schema) else { continue }
      boosts.append(Boost(filter: typed, logits: boost.logits))
      for name in boost.filter.attributeNames {
        if let index = schema.attributeIndex(named: name) { columns[index] = position(schema.attributes[index]) }
      }
    }
    (self.boosts, boostColumns) = (boosts, columns)
    pins = sort.isEmpty ? effect.pins : []
  }

  /// Whether the list is more than the order of the logits under a cap.
  func arranges(_ request: RankRequest) -> Bool {
    !boosts.isEmpty || !pins.isEmpty || request.page.diversity.window > 0 || request.page.exposure.mode != .none
  }

  private static func bad(_ definition: AttributeDefinition, _ rule: String, _ at: Int) -> WireError {
    WireError(
      .badFacet, fieldOffset: at, message: "\(definition.name) is \(definition.type.word): \(rule)")
  }

  /// A filter without the predicates on an attribute, split at the `and` on top.
  private static func without(_ name: String, _ filter: Filter, _ at: Int) throws(WireError) -> Filter? {
    var parts = [filter]
    if case .and(let children) = filter { parts = children }
    var kept: [Filter] = []
    for part in parts {
      let names = part.attributeNames
      guard names.contains(name) else {
        kept.append(part)
        continue
      }
      guard names.count == 1 else {
        throw WireError(
          .badFacet, fieldOffset: at,
          message: "a facet cannot leave out its own predicates: the filter has \(name) and other attributes in "
            + "one part; join its parts by 'and' at the top")
      }
    }
    return kept.isEmpty ? nil : kept.count == 1 ? kept[0] : .and(kept)
  }
}

extension Filter {
  /// The attributes that it reads, each once, in the order in which it names them.
  var attributeNames: [String] {
    var names: [String] = []
    switch self {
    case .comparison(let attribute, _, _), .inList(let attribute, _), .range(let attribute, _, _), .has(let attribute):
      names = [attribute.name]
    case .not(let child): names = child.attributeNames
    case .and(let children), .or(let children):
      for name in children.flatMap(\.attributeNames) where !names.contains(name) { names.append(name) }
    }
    return names
  }
}
