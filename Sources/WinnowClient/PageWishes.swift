public import Vocabulary
import Wire

/// What a search page wants besides a ranked list.
public struct PageWishes: Sendable {
  /// An attribute by which a list is sorted; items without it come last.
  public struct SortKey: Hashable, Sendable {
    public var attribute: String
    public var descends: Bool

    public init(_ attribute: String, descends: Bool = false) {
      (self.attribute, self.descends) = (attribute, descends)
    }
  }

  /// An attribute whose values are counted.
  public struct Facet: Hashable, Sendable {
    /// What is counted.
    public enum Kind: Hashable, Sendable {
      /// The most frequent values, 1…1,000 of them.
      case values(most: Int)
      /// Numbers between neighbouring edges, 2…101 of them, which ascend.
      case edges([Double])
      /// Numbers in at most 1…100 ranges of about as many items each.
      case ranges(Int)
    }

    public var attribute: String
    public var kind: Kind
    /// Whether the predicates of the filter on this attribute do not count, so that values beside the chosen ones are
    /// seen.
    public var ignoresOwn: Bool

    public init(_ attribute: String, _ kind: Kind = .values(most: 10), ignoresOwn: Bool = false) {
      (self.attribute, self.kind, self.ignoresOwn) = (attribute, kind, ignoresOwn)
    }
  }

  /// How alike the first places may be.
  public struct Diversity: Hashable, Sendable {
    /// 0: only the logit counts; 1: only how unlike the items are.
    public var lambda: Float
    /// How many candidates, from the first, are placed in another order, 1…200.
    public var window: Int
    /// Items with the same value of this attribute are alike; `nil`: by the cosine of their vectors.
    public var attribute: String?

    public init(lambda: Float, window: Int = Int(Limits.diversityWindowMax), attribute: String? = nil) {
      (self.lambda, self.window, self.attribute) = (lambda, window, attribute)
    }
  }

  /// Which groups of items have which share of the exposure.
  public struct Exposure: Hashable, Sendable {
    /// How it is steered.
    public enum Mode: Hashable, Sendable {
      /// Every prefix of each list has as many of a group as a binomial test allows at least.
      case perList(significance: Float)
      /// What a group is owed from earlier lists adds to its logits: the strength for a whole list.
      case overTime(strength: Float)
    }

    /// A group attribute: a keyword, an int or a bool.
    public var attribute: String
    public var mode: Mode
    /// For each value of the attribute that is a group the share that it is to have; together at most 1.
    public var targets: [(group: String, share: Float)]

    public init(_ attribute: String, _ mode: Mode, targets: [(group: String, share: Float)]) {
      (self.attribute, self.mode, self.targets) = (attribute, mode, targets)
    }

    public static func == (a: Exposure, b: Exposure) -> Bool {
      a.attribute == b.attribute && a.mode == b.mode
        && a.targets.elementsEqual(b.targets) { $0.group.exact == $1.group.exact && $0.share == $1.share }
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(attribute)
      hasher.combine(mode)
      for target in targets {
        hasher.combine(target.group.exact)
        hasher.combine(target.share)
      }
    }
  }

  /// By which attributes the list is sorted in place of the model, at most 3; empty: by ranking.
  public var sort: [SortKey] = []
  /// At most 32.
  public var facets: [Facet] = []
  /// Whether the items that pass are counted.
  public var wantsTotal = false
  /// Whether the answer has a token for the next page.
  public var wantsNext = false
  /// The token of the answer before; empty: this is the first page. All but k, attributes and explanation is as there.
  public var token: [UInt8] = []
  public var diversity: Diversity?
  public var exposure: Exposure?
  /// Whether the rules of the collection do not count.
  public var skipsRules = false

  public init() {}

  /// The wishes as they travel, checked for what would not fit their fields.
  func wire() throws(WinnowError) -> PageRequest {
    var page = PageRequest()
    (page.wantsTotal, page.wantsNext, page.skipsRules) = (wantsTotal, wantsNext, skipsRules)
    try Check.range(token.count, 0...Limits.pageTokenBytesMax, "number of bytes of the page token")
    page.token = token
    try Check.range(sort.count, 0...Limits.sortKeysMax, "number of attributes to sort by")
    for key in sort {
      try Check.name(key.attribute, "attribute to sort by")
      page.sort.append(.init(key.attribute, key.descends ? .descending : .ascending))
    }
    try Check.range(facets.count, 0...Limits.facetsMax, "number of facets")
    for facet in facets { page.facets.append(try facet.wire()) }
    if let diversity {
      try Check.range(diversity.window, 1...Int(Limits.diversityWindowMax), "window of diversity")
      guard (0...1).contains(diversity.lambda) else {
        throw WinnowError(invalid: "the lambda of diversity is \(diversity.lambda), not 0 to 1", code: .malformedBody)
      }
      if let attribute = diversity.attribute { try Check.name(attribute, "attribute of diversity") }
      page.diversity = .init(
        window: UInt16(diversity.window), lambda: diversity.lambda, attribute: diversity.attribute)
    }
    if let exposure {
      try Check.name(exposure.attribute, "attribute of exposure")
      try Check.range(exposure.targets.count, 1...Limits.exposureGroupsMax, "number of groups of exposure")
      page.exposure.attribute = exposure.attribute
      switch exposure.mode {
      case .perList(let significance): (page.exposure.mode, page.exposure.strength) = (.perList, significance)
      case .overTime(let strength): (page.exposure.mode, page.exposure.strength) = (.overTime, strength)
      }
      page.exposure.targets = exposure.targets.map { .init($0.group, $0.share) }
    }
    return page
  }
}

extension PageWishes.Facet {
  fileprivate func wire() throws(WinnowError) -> PageRequest.Facet {
    try Check.name(attribute, "attribute of a facet")
    var facet: PageRequest.Facet
    switch kind {
    case .values(let most):
      try Check.range(most, 1...Int(Limits.facetValuesMax), "number of values of a facet")
      facet = .init(attribute, .values, most: UInt16(most))
    case .edges(let edges):
      try Check.range(edges.count, 2...Int(Limits.facetRangesMax) + 1, "number of edges of a facet")
      guard edges.allSatisfy(\.isFinite), zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw WinnowError(invalid: "the edges of a facet are finite and ascend", code: .malformedBody)
      }
      facet = .init(attribute, .edges, edges: edges)
    case .ranges(let most):
      try Check.range(most, 1...Int(Limits.facetRangesMax), "number of ranges of a facet")
      facet = .init(attribute, .ranges, most: UInt16(most))
    }
    facet.ignoresOwn = ignoresOwn
    return facet
  }
}
