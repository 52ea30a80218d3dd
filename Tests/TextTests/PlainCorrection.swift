import Text
import Vocabulary

/// Correction as the page says it, without any haste.
enum PlainCorrection {
  /// The words by which an unknown one is corrected, the most frequent first.
  static func best(_ asked: String, _ lexicon: Lexicon) -> [ExactText] {
    let letters = Array(asked.unicodeScalars)
    guard letters.count >= 4 else { return [] }
    let found = (0..<lexicon.words.count).compactMap { place -> (word: ExactText, cost: Int)? in
      let word = lexicon.words.text(place)
      let other = Array(word.text.unicodeScalars)
      let distance = distance(letters, other)
      return distance <= (letters.count < 8 ? 1 : 2) ? (word, distance + (letters[0] == other[0] ? 0 : 1)) : nil
    }
    let least = found.map(\.cost).min()
    let nearest = found.filter { $0.cost == least }.map(\.word)
    return Array(
      nearest.sorted { a, b in
        let (x, y) = (lexicon.words.count(of: a), lexicon.words.count(of: b))
        return x == y ? a < b : x > y
      }.prefix(3))
  }

  private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var table = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count {
      for j in 0...b.count {
        guard i > 0, j > 0 else {
          table[i][j] = i + j
          continue
        }
        table[i][j] = min(
          table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
        }
      }
    }
    return table[a.count][b.count]
  }
}
