package import DataSets
import Names
package import Vocabulary

/// Searches that a model is judged by: those of a log, or those that people judged.
package struct SearchTest: Sendable {
  /// One search; its items are rows of the catalogue, and those that the catalogue does not have stand behind the last.
  package struct Search: Sendable {
    package let asked: SearchCase
    /// `nil`: it is not known who searched.
    package let user: UserID?
    package var eventContext = EventContext()
    /// Whether no item that it should find has an event that the model may have learned from.
    package let isOfNewItems: Bool
  }

  /// An event of a log that training has held out, as a search.
  package struct Held: Sendable {
    package let event: Int
    /// By items of the log.
    package let asked: SearchCase

    package init(event: Int, asked: SearchCase) { (self.event, self.asked) = (event, asked) }
  }

  package let searches: [Search]

  /// Searches that training has held out.
  package init(held: [Held], of data: DataSet, _ ids: CatalogueIDs) {
    let itemIDs = data.catalogue.ids
    searches = held.map { held in
      var asked = SearchCase(
        text: held.asked.text, hidden: Set(held.asked.hidden.map { Self.row($0, itemIDs, ids) }))
      for (item, gain) in held.asked.gains { asked.gains[Self.row(item, itemIDs, ids)] = gain }
      asked.good = Set(held.asked.good.map { Self.row($0, itemIDs, ids) })
      return Search(
        asked: asked, user: UserID(data.users.ids[Int(data.interactions.users[held.event])]),
        eventContext: data.eventContext(held.event), isOfNewItems: false)
    }
  }

  /// The tested events of a log that came from a search.
  ///
  /// - Parameter ids: The catalogue of the model.
  package init(_ test: TestSet, _ data: DataSet, _ ids: CatalogueIDs) {
    let learned = test.learned.popularity
    searches = test.tested.compactMap { event in
      guard let text = data.searches.text(of: event) else { return nil }
      let (user, item) = (Int(data.interactions.users[event]), Int(data.interactions.items[event]))
      if let kinds = test.options.kinds, !kinds.contains(data.kinds[event]) { return nil }
      let hidden = test.options.keepsKnown ? [] : test.known[user].filter { Int($0) != item }
      let row = Self.row(item, test.itemIDs, ids)
      return Search(
        asked: SearchCase(
          text: text, gains: [row: 1], good: [row],
          hidden: Set(hidden.map { Self.row(Int($0), test.itemIDs, ids) })),
        user: test.userIDs[user], eventContext: data.eventContext(event), isOfNewItems: learned[item] == 0)
    }
  }

  /// What people judged: the queries that have a good item.
  ///
  /// - Parameter learned: What the model may have learned from.
  package init(_ judgements: Judgements, _ data: DataSet, learned: Histories, _ ids: CatalogueIDs) {
    let (popularity, itemIDs, scale) = (learned.popularity, data.catalogue.ids, judgements.scale)
    var cases = judgements.queries.names.map { (asked: SearchCase(text: $0), isNew: true) }
    for judged in judgements.rows {
      let item = Int(judged.item)
      let row = Self.row(item, itemIDs, ids)
      let gain = scale.gain(judged.relevance)
      if gain > 0 { cases[judged.query].asked.gains[row] = gain }
      guard scale.isGood(judged.relevance) else { continue }
      cases[judged.query].asked.good.insert(row)
      if item < popularity.count, popularity[item] > 0 { cases[judged.query].isNew = false }
    }
    searches = cases.filter { !$0.asked.good.isEmpty }.map {
      Search(asked: $0.asked, user: nil, isOfNewItems: $0.isNew)
    }
  }

  private static func row(_ item: Int, _ itemIDs: [ItemID], _ ids: CatalogueIDs) -> Int {
    ids.row(of: itemIDs[item]).map { Int($0) } ?? ids.count + item
  }
}
