import DataSets
package import Text
import Vocabulary

/// How well each part of a search by words does on a test, with the shopper and without.
package struct SearchOutcome: Sendable {
  /// What a search is made of.
  package enum Arm: String, Sendable, CaseIterable {
    /// The best by words.
    case words
    /// The best by the query vector.
    case vector
    /// All items of both lists.
    case union
    /// Both lists by their one score.
    case fused
    /// By the network too: the results.
    case reranked = "re-ranked"
  }

  /// Some of the searches.
  package struct Part: Sendable {
    package let name: String
    package let cases: [Int]
  }

  /// In the order of the arms; `nil` if it is not known who searched.
  package private(set) var personal: [SearchFigures]?
  package private(set) var alone = Arm.allCases.map { _ in SearchFigures() }
  package let parts: [Part]
  /// Items of both lists, on average.
  package let unionMean: Double

  private static let k = 10

  /// Makes every search of a test.
  ///
  /// - Parameters:
  ///   - progress: Told how many searches are done.
  /// - Throws: For a text that is too long for a query.
  package init(
    _ ranker: SearchRanker, _ test: SearchTest, depth: Int, threads: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(TextError) {
    var queries: [WordQuery] = []
    for search in test.searches { queries.append(try ranker.query(search.asked.text)) }
    let (asked, searches) = (queries, test.searches)
    let isPersonal = searches.contains { $0.user != nil }
    let found = CaseRun.map(
      count: searches.count, threads: threads, room: { CatalogueRoom() }, progress: progress
    ) { index, room in
      (isPersonal ? [searches[index].user, nil] : [nil]).map { user in
        ranker.search(
          asked[index], user: user, hidden: searches[index].asked.hidden,
          context: searches[index].eventContext, depth: depth, k: Self.k, in: &room)
      }
    }
    if isPersonal { personal = alone }
    for (search, found) in zip(searches, found) {
      if isPersonal, let own = found.first { Self.add(own, search.asked, to: &personal) }
      if let other = found.last { Self.add(other, search.asked, to: &alone) }
    }
    unionMean =
      found.reduce(0.0) { $0 + Double($1.first?.union.count ?? 0) } / Double(max(found.count, 1))
    func part(_ name: String, _ isIn: (Int) -> Bool) -> Part {
      Part(name: name, cases: searches.indices.filter(isIn))
    }
    parts = [
      part("with an unknown word") { !asked[$0].unknown.isEmpty },
      part("of one word") { Set(asked[$0].typed.map(\.text)).count == 1 },
      part("for new items") { searches[$0].isOfNewItems },
    ]
  }

  /// The figures of the results as they are served: with the shopper if it is known who searched.
  package var results: SearchFigures { (personal ?? alone)[Arm.allCases.count - 1] }

  private static func add(_ found: SearchRanker.Found, _ asked: SearchCase, to figures: inout [SearchFigures]?) {
    guard var arms = figures else { return }
    add(found, asked, to: &arms)
    figures = arms
  }

  private static func add(_ found: SearchRanker.Found, _ asked: SearchCase, to arms: inout [SearchFigures]) {
    let union = found.union.map { Int($0.row) }
    for (place, arm) in Arm.allCases.enumerated() {
      switch arm {
      case .words: arms[place].add(found.words.map { Int($0) }, asked)
      case .vector: arms[place].add(found.vector.map { Int($0) }, asked)
      case .union: arms[place].add(union, asked, depth: union.count)
      case .fused: arms[place].add(union, asked)
      case .reranked: arms[place].add(found.results.map { Int($0) }, asked)
      }
    }
  }
}
