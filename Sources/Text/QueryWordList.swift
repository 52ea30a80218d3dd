internal import Vocabulary

/// The words of all queries of a log, to correct a prefix that no query begins with.
///
/// What a catalogue's lexicon knows besides would not help: no query begins with it.
struct QueryWordList: Sendable {
  /// The most frequent words are kept.
  private static let wordsMax = 1 << 16
  /// Unknown words of a prefix that are corrected; each is a walk through the list.
  private static let correctionsMax = 2

  private let words: WordList
  private let nearby: NearbyWords

  init(_ keys: WordList) {
    var counts: [ArraySlice<UInt8>: UInt32] = [:]
    for place in 0..<keys.count {
      for word in keys.utf8(place).split(separator: 0x20) where word.count <= TermMaker.bytesMax {
        let sum = counts[word, default: 0].addingReportingOverflow(keys.counts[place])
        counts[word] = sum.overflow ? .max : sum.partialValue
      }
    }
    var found = counts.map { (text: String(decoding: $0, as: UTF8.self).exact, count: $1) }
    found.sort { ($1.count, $0.text) < ($0.count, $1.text) }
    words = WordList(found.prefix(Self.wordsMax).sorted { $0.text < $1.text })
    nearby = NearbyWords(words)
  }

  /// A folded prefix in which unknown words are replaced by the most frequent of those that are spelt most alike; the last
  /// word may be unfinished. `nil` if nothing can be replaced.
  func corrected(_ prefix: String) -> String? {
    var parts = prefix.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    let isFinished = prefix.last == " "
    var corrections = 0
    for index in parts.indices {
      let isWhole = isFinished || index + 1 < parts.count
      let isKnown =
        isWhole
        ? words.index(of: parts[index].exact) != nil
        : !words.places(beginningWith: Array(parts[index].utf8)).isEmpty
      guard !isKnown else { continue }
      corrections += 1
      guard corrections <= Self.correctionsMax, let other = nearest(parts[index], isWhole: isWhole) else { return nil }
      parts[index] = other
    }
    return corrections == 0 ? nil : parts.joined(separator: " ") + (isFinished ? " " : "")
  }

  /// The word that is spelt most like another, or the beginning of one.
  private func nearest(_ word: String, isWhole: Bool) -> String? {
    let letters = word.unicodeScalars.map(\.value)
    guard letters.count >= 4, letters.count <= TermMaker.bytesMax else { return nil }
    let distance = letters.count < 8 ? 1 : 2
    guard isWhole else {
      guard let best = most(nearby.nearestBeginnings(to: letters, within: distance), \.place) else { return nil }
      return String(String.UnicodeScalarView(words.text(best.place).text.unicodeScalars.prefix(best.letters)))
    }
    return most(nearby.nearest(to: letters, within: distance), \.place).map { words.text($0.place).text }
  }

  /// The one whose word is most frequent; of equal ones the first.
  private func most<Found>(_ found: [Found], _ place: (Found) -> Int) -> Found? {
    found.max { (words.counts[place($0)], place($1)) < (words.counts[place($1)], place($0)) }
  }
}
