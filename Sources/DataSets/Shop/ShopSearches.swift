import Vocabulary

/// What shoppers of a synthetic shop type before they meet an item: its words, fewer or more of them, in a hurry.
///
/// Has random numbers of its own, so that a shop has the same events with searches as without.
struct ShopSearches {
  private var random: SplitMix64
  /// What the shopper of the visit has typed; `nil`: they look around.
  private var query: (words: [String], text: String)?

  init(seed: UInt64) { random = SplitMix64(seed: seed ^ 0x5EA5_C4E5) }

  /// A shopper comes, who has typed nothing yet.
  mutating func begin() { query = nil }

  /// What the shopper had typed when they met an item; empty: nothing. A query stays as long as items answer it.
  mutating func query(for item: ShopItem) -> String {
    let title = Self.words(of: item)
    if let query, query.words.allSatisfy({ title.contains($0) }), random.below(4) > 0 { return query.text }
    guard random.below(3) > 0 else {
      query = nil
      return ""
    }
    let words = choice(item)
    let text = words.joined(separator: " ")
    let typed = random.below(12) == 0 ? slip(text) : text
    query = (text.split(separator: " ").map(String.init), typed)
    return typed
  }

  /// The words of an item as shoppers write them.
  private static func words(of item: ShopItem) -> [String] {
    let text = "\(ShopCatalogue.categories[item.category].name) \(item.noun) \(item.colours.joined(separator: " ")) "
    let more = "\(ShopCatalogue.styles[item.style]) \(ShopCatalogue.brands[item.brand].name)"
    return (text + more).lowercased().split(separator: " ").map(String.init)
  }

  private mutating func choice(_ item: ShopItem) -> [String] {
    let brand = ShopCatalogue.brands[item.brand].name.lowercased()
    return switch random.below(10) {
    case 0: [ShopCatalogue.categories[item.category].name]
    case 1...4: [item.noun]
    case 5, 6: [item.colours[0], item.noun]
    case 7: [brand, item.noun]
    case 8: [ShopCatalogue.styles[item.style], item.noun]
    default: [item.colours[0], item.noun, brand]
    }
  }

  /// One letter too few, or two in the wrong order, within a word.
  private mutating func slip(_ text: String) -> String {
    var letters = Array(text.utf8)
    let places = letters.indices.dropFirst().dropLast().filter { place in
      [place - 1, place, place + 1].allSatisfy { (0x61...0x7A).contains(letters[$0]) }
    }
    guard !places.isEmpty else { return text }
    let place = places[places.startIndex + random.below(places.count)]
    if random.below(2) == 0 { letters.remove(at: place) } else { letters.swapAt(place, place + 1) }
    return String(decoding: letters, as: UTF8.self)
  }
}
