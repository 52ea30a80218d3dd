internal import Vocabulary

/// Counts the items of a catalogue into a lexicon, one after another.
package struct LexiconBuilder {
  /// Counts of texts, each once for an item.
  private struct Tally {
    private var places: [ExactText: Int] = [:]
    private(set) var texts: [ExactText] = []
    private(set) var counts: [UInt32] = []
    private var lastItems: [UInt32] = []

    /// Notes that an item has a text, and gives the text's place.
    mutating func add(_ text: ExactText, item: UInt32) -> Int {
      if let place = places[text] {
        if lastItems[place] != item {
          counts[place] += 1
          lastItems[place] = item
        }
        return place
      }
      places[text] = texts.count
      texts.append(text)
      counts.append(1)
      lastItems.append(item)
      return texts.count - 1
    }
  }

  private let analyser: TextAnalyser
  private let fields: [String]
  private var lengths: [(terms: UInt64, items: UInt64)]
  private var items: UInt32 = 0
  private var terms = Tally()
  private var words = Tally()
  /// By the places in `words`.
  private var pairs: [UInt64: UInt32] = [:]

  /// - Parameter fields: Names of the attributes that have texts.
  package init(_ analyser: TextAnalyser, fields: [String]) {
    self.analyser = analyser
    self.fields = fields
    lengths = fields.map { _ in (0, 0) }
  }

  /// Number of items so far.
  package var itemCount: Int { Int(items) }

  /// Counts an item.
  ///
  /// - Parameter texts: Of each field in order; `nil` or empty if the item does not have it.
  /// - Precondition: a text a field, and no more items than a u32 counts.
  package mutating func add(_ texts: [String?]) {
    precondition(texts.count == fields.count, "a text a field")
    items += 1
    var neighbours: Set<UInt64> = []
    for (field, text) in texts.enumerated() {
      guard let text else { continue }
      let found = analyser.terms(of: text)
      guard !found.isEmpty else { continue }
      lengths[field].terms += UInt64(found.count)
      lengths[field].items += 1
      var before: (place: Int, word: Int)?
      for term in found {
        _ = terms.add(term.text, item: items)
        guard term.isWord else { continue }
        let word = words.add(term.surface, item: items)
        guard term.kind != .joined else { continue }
        if let before, before.place + 1 == term.place { neighbours.insert(UInt64(before.word) << 32 | UInt64(word)) }
        before = (term.place, word)
      }
    }
    for pair in neighbours { pairs[pair, default: 0] += 1 }
  }

  /// What was counted.
  package func lexicon() -> Lexicon {
    let order = Self.order(words)
    var places = [UInt64](repeating: 0, count: order.count)
    for (place, old) in order.enumerated() { places[old] = UInt64(place) }
    let sorted = pairs.map { (places[Int($0 >> 32)] << 32 | places[Int($0 & 0xFFFF_FFFF)], $1) }.sorted { $0.0 < $1.0 }
    return Lexicon(
      language: analyser.language, items: items,
      fields: zip(fields, lengths).map { name, length in
        Lexicon.Field(name: name, average: Float(Double(length.terms) / Double(max(1, length.items))))
      },
      terms: Self.list(terms, Self.order(terms)), words: Self.list(words, order), pairs: sorted.map(\.0),
      pairCounts: sorted.map(\.1))
  }

  private static func order(_ tally: Tally) -> [Int] {
    tally.texts.indices.sorted { tally.texts[$0] < tally.texts[$1] }
  }

  private static func list(_ tally: Tally, _ order: [Int]) -> WordList {
    WordList(order.map { (tally.texts[$0], tally.counts[$0]) })
  }
}
