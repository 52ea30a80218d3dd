import Foundation
import Retrieval
import Support
import Vocabulary

/// Short titles of words that are as frequent as words are, and queries of one to five of their words.
struct LexicalData {
  let titles: [String]
  let queries: [[LexicalTerm]]
  let averageLength: Float

  private static let vocabularyCount = 60_000
  private static let lengths = 4...16

  /// The same on every machine.
  init(count: Int, queries queryCount: Int) {
    var random = SeededRandom(seed: 77)
    // Zipf and Mandelbrot: the share of the word of rank r is proportional to 1 / (r + 2.7).
    var ends: [Double] = []
    for rank in 0..<Self.vocabularyCount { ends.append((ends.last ?? 0) + 1 / (Double(rank) + 3.7)) }
    let total = ends[ends.count - 1]
    func draw() -> Int {
      let wanted = Double(random.next() >> 11) / Double(1 << 53) * total
      var (low, high) = (0, ends.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if ends[middle] <= wanted { low = middle + 1 } else { high = middle }
      }
      return low
    }
    var frequencies = [Int](repeating: 0, count: ends.count)
    var lines: [[Int]] = []
    for _ in 0..<count {
      let length = Self.lengths.lowerBound + Int(random.next() % UInt64(Self.lengths.count))
      let line = (0..<length).map { _ in draw() }
      for word in Set(line) { frequencies[word] += 1 }
      lines.append(line)
    }
    titles = lines.map { $0.map(Self.word).joined(separator: " ") }
    averageLength = Float(lines.reduce(0) { $0 + $1.count }) / Float(count)
    queries = (0..<queryCount).map { number in
      let line = lines[Int(random.next() % UInt64(count))]
      var words: [Int] = []
      for word in line.shuffled(using: &random) where words.count < 1 + number % 5 && !words.contains(word) {
        words.append(word)
      }
      return words.map { word in
        let df = Double(frequencies[word])
        let idf = log(1 + (Double(count) - df + 0.5) / (df + 0.5))
        return LexicalTerm(ExactText(Self.word(word)), weight: Float(idf))
      }
    }
  }

  /// A word of letters for a rank: two to seven of them.
  private static func word(_ rank: Int) -> String {
    var rest = rank + 26
    var letters: [UInt8] = []
    while rest > 0 {
      letters.append(UInt8(ascii: "a") + UInt8(rest % 26))
      rest /= 26
    }
    // Rare words are longer ones.
    return String(decoding: letters + Array(repeating: UInt8(ascii: "e"), count: rank % 4), as: UTF8.self)
  }
}
