import Vocabulary

/// What shoppers had searched for when the events of a log happened: the query as it was typed, and the place at which
/// the shopper saw the item.
package struct Searches: Sendable {
  /// As many bytes as a query may have.
  static let queryBytesMax = Limits.eventTextBytesMax

  /// The queries, each once, in the order of their first appearance.
  package private(set) var queries = NameTable()
  /// By event: 0 is no search, n the query n - 1. Events behind the end have none.
  private var numbers: [UInt32] = []
  /// By event: 0 is not known, else from 1. Events behind the end have none.
  private var places: [UInt16] = []

  package init() {}

  /// Whether no event came from a search, and no place is known.
  package var isEmpty: Bool { queries.count == 0 && places.isEmpty }

  /// The number of the query from which an event came, below `queries.count`; `nil`: not from a search.
  package func query(of event: Int) -> Int? {
    event < numbers.count && numbers[event] > 0 ? Int(numbers[event]) - 1 : nil
  }

  /// The query from which an event came, as it was typed; `nil`: not from a search.
  package func text(of event: Int) -> String? { query(of: event).map { queries.names[$0] } }

  /// The place at which the shopper saw the item, from 1; `nil` if it is not known.
  package func place(of event: Int) -> UInt16? { event < places.count && places[event] > 0 ? places[event] : nil }

  /// Says from which search an event came; events are told in their order.
  mutating func set(_ event: Int, query: String?, place: UInt16?) {
    if let query {
      numbers += repeatElement(0, count: event - numbers.count)
      numbers.append(UInt32(queries.number(query) + 1))
    }
    if let place, place > 0 {
      places += repeatElement(0, count: event - places.count)
      places.append(place)
    }
  }

  /// The searches of some events, in their order.
  func choosing(_ events: some Sequence<Int>) -> Searches {
    var chosen = Searches()
    for (index, event) in events.enumerated() { chosen.set(index, query: text(of: event), place: place(of: event)) }
    return chosen
  }

  /// The searches of `count` events with those of newer events behind them.
  func adding(_ newer: Searches, behind count: Int) -> Searches {
    var joined = self
    for event in 0..<max(newer.numbers.count, newer.places.count) {
      joined.set(count + event, query: newer.text(of: event), place: newer.place(of: event))
    }
    return joined
  }
}
