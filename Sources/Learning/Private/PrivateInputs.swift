package import DataSets
import Kernels
package import Privacy
package import Ranking
import Towers
import Vocabulary

/// What a private network reads: the retrieval score, how often an item was had by the released counts, and its public
/// attributes. Nothing of it depends on a log but by the release.
package struct PrivateInputs: Sendable {
  /// Items of a list that are learned from: the network is to order the first of the retrieval.
  private static let listLength = 20

  /// For the manifest, the retrieval score first.
  package let features: [AttributeFeature]
  /// The public items with how often they were had.
  package let catalogue: AttributeColumns
  private let score: Normalisation
  /// Of each item without its score, `[items, inputs − 1]`.
  private let ofItems: FloatMatrix
  private let table: NeighbourTable
  private let popularity: [Float]

  package init(
    _ items: PublicItems, _ release: NeighbourRelease, _ settings: NeighbourSettings
  ) throws(ModelError) {
    let given = items.catalogue.filter { !$0.name.hasPrefix(DerivedAttributes.prefix) }
    let counts = (0..<items.count).map { AttributeValue?.some(.float(max(release.counts.value($0), 0))) }
    catalogue = given.adding(DerivedAttributes.popularity, .float, counts)
    let known = zip(catalogue.definitions, catalogue.columns).compactMap { definition, column in
      FeatureFit.feature(definition, column, wordsMax: FeatureOptions().wordsMax)
    }
    table = release.table(ids: (0..<items.count).map { UInt64($0) }, settings)
    let weights = FeatureFit.normalisation(table.weights.map { Double($0) }, takesLog: false)
    score = weights ?? Normalisation()
    features = [.retrievalScore(score, within: nil)] + known
    ofItems = try catalogue.inputs(known)
    popularity = release.popularity
  }

  /// n of one item.
  var count: Int { 1 + ofItems.columns }

  /// The inputs of an item with its retrieval score.
  package func row(_ one: Scored) -> [Double] {
    [Double(score.input(Double(one.score)))] + ofItems.row(Int(one.item)).map { Double($0) }
  }

  /// An item that the table names, with its retrieval score.
  package struct Scored: Sendable, Equatable {
    package let item: UInt32
    package let score: Float
  }

  /// The first items of the retrieval for a history, without its own, the best first.
  package func best(_ history: some Sequence<UInt32>, _ count: Int) -> [Scored] {
    let items = history.map { UInt64($0) }
    let own = Set(items)
    var best: [Scored] = []
    for (id, weight) in table.scores(items, .init()) where !own.contains(id) {
      let one = Scored(item: UInt32(id), score: weight + popularity[Int(id)])
      func isBefore(_ other: Scored) -> Bool { (other.score, one.item) < (one.score, other.item) }
      if best.count == count {
        guard let last = best.last, isBefore(last) else { continue }
        best.removeLast()
      }
      best.insert(one, at: best.firstIndex(where: isBefore) ?? best.count)
    }
    return best
  }

  /// The lists of one user: at each of the newest events the first items of the retrieval, that which came next first.
  /// Events whose item is not among them say nothing.
  ///
  /// They depend on the user's own history alone, so that no user moves what another one adds.
  func lists(_ history: [UInt32], eventsMax: Int) -> [[Scored]] {
    (max(1, history.count - eventsMax)..<max(1, history.count)).compactMap { place in
      let first = best(history[..<place], Self.listLength)
      guard first.count > 1, let next = first.first(where: { $0.item == history[place] }) else { return nil }
      return [next] + first.filter { $0.item != next.item }
    }
  }
}
