import Arrangement
import Filters
import Kernels
import Ranking
import Vocabulary
import Wire

/// The whole list of a query, of which an answer is a page: candidates in the order of ranking, then boosts, caps,
/// diversity, exposure and pins, each of which may be absent.
struct PageList: Sendable {
  private let plan: QueryPlan
  private let gathered: Gathered
  /// The logit of each candidate, or its retrieval score without a model, with boosts.
  private let worth: [Float?]
  /// The logits of the answer, with boosts.
  let logits: [Score?]
  private(set) var arrangement: Arrangement
  /// Candidates that a full group kept out of the first places.
  private(set) var displacedCount = 0
  /// The mean likeness of two of the first k, before and after diversity.
  private(set) var similarity: (before: Float, after: Float) = (0, 0)
  /// The first places of the list that are asked for.
  private let end: Int

  /// - Parameter end: The places of the list up to the end of the page.
  init(_ plan: QueryPlan, _ gathered: Gathered, logits: [Score?], end: Int) {
    (self.plan, self.gathered, self.end) = (plan, gathered, end)
    let ids = gathered.ids
    let hasModel = plan.collection.model != nil && !plan.isSorted
    let plain: [Score?] =
      hasModel
      ? logits
      : gathered.merge.entries.map { Score(plan.hasTerms ? $0.fused : $0.candidate.score.value) }
    let before = RankedOrder(ids: ids, logits: hasModel ? logits : []).positions
    let worth: [Float?] = ids.indices.map { $0 < plain.count ? plain[$0]?.value : nil }
    arrangement = Arrangement(order: before, logits: plan.isSorted ? ids.map { _ in nil } : worth, k: plan.request.k)
    var boosted = worth
    if !plan.page.boosts.isEmpty {
      for position in ids.indices {
        guard let value = worth[position] else { continue }
        boosted[position] = value + Self.addition(position, plan, gathered)
      }
      let scores = boosted.prefix(plain.count).map { $0.flatMap { Score($0) } }
      arrangement.take(.boosts, RankedOrder(ids: ids, logits: scores).positions)
    }
    self.worth = boosted
    self.logits = hasModel ? boosted.prefix(logits.count).map { $0.flatMap { Score($0) } } : logits
    if let cap = plan.cap, let column = plan.groupColumn {
      var groups = GroupCap(most: Int(cap.most))
      var kept: [Int] = []
      for position in arrangement.order {
        guard groups.admits(gathered.value(position, column: column)) else { continue }
        kept.append(position)
        if kept.count == end { displacedCount = groups.displacedCount }
      }
      if kept.count < end { displacedCount = groups.displacedCount }
      if kept.count < arrangement.order.count { arrangement.take(.caps, kept) }
    }
  }

  /// What the boosts whose filters a candidate passes add to its logit.
  private static func addition(_ position: Int, _ plan: QueryPlan, _ gathered: Gathered) -> Float {
    let values = plan.page.boostColumns.map { column in column.flatMap { gathered.value(position, column: $0) } }
    return plan.page.boosts.reduce(0) { $0 + ($1.filter.matches(values) ? $1.logits : 0) }
  }

  /// The candidates that diversity places, in their order; empty without it.
  var window: [Int] {
    let wanted = Int(plan.request.page.diversity.window)
    return wanted == 0 ? [] : arrangement.order.prefix(wanted).filter { worth[$0] != nil }
  }

  /// Places the window by how alike its candidates are.
  ///
  /// - Parameter vectors: Of each candidate of the window, empty where it is not known; not read with an attribute.
  mutating func diversify(vectors: [[Float]], kernels: KernelSet) {
    let window = window
    guard !window.isEmpty else { return }
    let likeness =
      plan.page.alikeColumn.map { column in Likeness(values: window.map { gathered.value($0, column: column) }) }
      ?? Likeness(vectors: vectors, kernels: kernels)
    let places = plan.request.page.wantsNext ? window.count : min(end, window.count)
    let order = MarginalRelevance.order(
      logits: window.map { worth[$0] ?? 0 }, likeness, lambda: plan.request.page.diversity.lambda, places: places)
    let k = min(plan.request.k, window.count)
    similarity = (likeness.mean(of: 0..<k), likeness.mean(of: order.prefix(k)))
    let isPlaced = Set(window)
    arrangement.take(.diversity, order.map { window[$0] } + arrangement.order.filter { !isPlaced.contains($0) })
  }

  /// The groups of candidates whose exposure is steered, as places of the targets; `nil`: none of them.
  func groups(of positions: some Sequence<Int>) -> [Int?] {
    guard let column = plan.page.exposureColumn else { return [] }
    let places = Dictionary(
      uniqueKeysWithValues: plan.request.page.exposure.targets.enumerated().map { ($1.group.exact, $0) })
    return positions.map { position in
      gathered.value(position, column: column).flatMap { places[$0.groupText.exact] }
    }
  }

  /// Gives groups the exposure that they are to have.
  ///
  /// - Parameter owed: What each group is owed, in lists.
  mutating func expose(owed: [Double]) {
    let exposure = plan.request.page.exposure
    let order = arrangement.order
    switch exposure.mode {
    case .none: return
    case .perList:
      let groups = groups(of: order)
      let fair = FairPrefixes(
        shares: exposure.targets.map { Double($0.share) }, significance: Double(exposure.strength),
        places: min(order.count, FairPrefixes.placesMax))
      arrangement.take(.exposure, fair.order(of: groups).map { order[$0] })
    case .overTime:
      // Only candidates with a logit are compared; they stand first.
      let ranked = order.prefix { worth[$0] != nil }
      let additions = groups(of: ranked).map { $0.map { exposure.strength * Float(owed[$0]) } ?? 0 }
      let places = ExposureBalance.order(logits: ranked.map { worth[$0] ?? 0 }, additions: additions)
      arrangement.take(.exposure, places.map { order[$0] } + order.dropFirst(ranked.count))
    }
  }

  /// Puts pinned items at their places.
  mutating func pin() {
    var places: [(position: Int, place: Int)] = []
    let positions = Dictionary(gathered.ids.enumerated().map { ($1.rawValue, $0) }) { first, _ in first }
    for pin in plan.page.pins {
      if let position = positions[pin.item] { places.append((position, pin.place)) }
    }
    guard !places.isEmpty else { return }
    let pinned = Set(places.map(\.position))
    var order = arrangement.order.filter { !pinned.contains($0) }
    for (position, place) in places.sorted(by: { ($0.place, $0.position) < ($1.place, $1.position) }) {
      order.insert(position, at: min(place - 1, order.count))
    }
    arrangement.take(.pins, order)
  }

  /// How many places, from the first, up to the last that has a logit.
  func rankedCount(of positions: some BidirectionalCollection<Int>) -> Int {
    let isRanked = { (position: Int) in position < logits.count && logits[position] != nil }
    guard let last = positions.lastIndex(where: isRanked) else { return 0 }
    return positions.distance(from: positions.startIndex, to: last) + 1
  }
}

extension AttributeValue {
  /// A value as targets of exposure name it.
  fileprivate var groupText: String {
    switch self {
    case .int(let value): String(value)
    case .bool(let value): value ? "true" : "false"
    case .keyword(let value): value
    case .float, .keywordSet, .text: ""
    }
  }
}

extension PageReport {
  /// Says what the arrangement did.
  mutating func note(_ list: PageList) {
    steps = list.arrangement.steps.map { step in
      Step(
        .init(rawValue: step.kind.rawValue), moved: UInt32(clamping: step.moved), cost: step.cost,
        clicksCost: step.clicksCost)
    }
    (similarityBefore, similarityAfter) = list.similarity
  }
}

extension PageList {
  /// By how many places steps have moved the candidate at a place of the list.
  func moves(at place: Int, of positions: [Int]) -> [PageReport.Move] {
    arrangement.moves(of: positions[place]).map { move in
      PageReport.Move(
        result: UInt16(clamping: place), .init(rawValue: move.kind.rawValue), places: Int32(clamping: move.places))
    }
  }
}
