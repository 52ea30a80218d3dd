import Text
import Vocabulary
import Wire

/// What completions take of a shopper's stored history: own searches, and the categories of items.
struct SuggestShopper: Sendable {
  /// Items whose categories are read: the newest.
  private static let itemsMax = 50

  var state = RankReport.HistoryState.notAsked
  /// The newest first.
  var searches: [String] = []
  /// Each once, ascending.
  var items: [UInt64] = []
  /// Items that have each category.
  private var counts: [ExactText: Int] = [:]
  private var itemCount = 0

  /// Nothing is known of the shopper.
  init() {}

  init(_ history: RecalledHistory) {
    state = history.state
    guard !history.isMarked else { return }
    searches = history.events.reversed().filter { $0.kind == .search && !$0.text.isEmpty }.map(\.text)
    var seen: Set<UInt64> = []
    for event in history.events.reversed() where event.kind.isInterest && seen.count < Self.itemsMax {
      seen.insert(event.item)
    }
    items = seen.sorted()
  }

  /// Counts an item by the value of the attribute that has its categories.
  mutating func count(_ value: AttributeValue) {
    let names: [String]
    switch value {
    case .keyword(let name): names = [name]
    case .keywordSet(let all): names = all
    default: return
    }
    itemCount += 1
    for name in names { counts[name.exact, default: 0] += 1 }
  }

  /// The share of the shopper's items that have a category, 0…1.
  func preference(to category: String) -> Float {
    itemCount == 0 ? 0 : Float(counts[category.exact] ?? 0) / Float(itemCount)
  }
}
