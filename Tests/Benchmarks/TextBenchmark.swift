import SocketTransport
import Support
import Text
import Vocabulary

/// The price of words: the terms of a title and of a query, and of a query with its corrections.
enum TextBenchmark {
  /// 20,000 words of a language that is none, and titles of ten of them, frequent ones more often.
  private struct Shop {
    let words: [String]
    let titles: [String]
    let lexicon: Lexicon

    init(titles count: Int) throws {
      var random = SeededRandom(seed: 18)
      let syllables = ["ka", "lo", "mi", "ner", "sta", "pro", "vel", "tin", "dor", "ash", "el", "ing", "qu", "ber"]
      var words: Set<String> = []
      while words.count < 20_000 {
        words.insert(
          (0..<Int.random(in: 2...4, using: &random)).map { _ in
            syllables[Int.random(in: 0..<syllables.count, using: &random)]
          }.joined())
      }
      let sorted = words.sorted().shuffled(using: &random)
      self.words = sorted
      titles = (0..<count).map { number in
        let text = (0..<9).map { _ in
          sorted[Int(Double(sorted.count - 1) * pow3(Double.random(in: 0..<1, using: &random)))].capitalizedFirst
        }
        return text.joined(separator: " ") + " \(number % 40)-1/2 in. x 3.50 lb"
      }
      var builder = LexiconBuilder(try TextAnalyser(language: TextLanguage("english")), fields: ["title"])
      for title in titles { builder.add([title]) }
      lexicon = builder.lexicon()
    }
  }

  @Sendable static func titles(_ size: BenchmarkSize) throws -> Measurement {
    let shop = try Shop(titles: size == .full ? 50_000 : 2000)
    let analyser = try TextAnalyser(language: shop.lexicon.language)
    return try measured(Array(shop.titles.prefix(5000)), allowed: 10) { analyser.terms(of: $0).map(\.text) }
  }

  @Sendable static func queries(_ size: BenchmarkSize) throws -> Measurement {
    let shop = try Shop(titles: size == .full ? 50_000 : 2000)
    let analyser = try TextAnalyser(language: shop.lexicon.language)
    return try measured(asked(shop, isMisspelt: false), allowed: 20) { analyser.terms(of: $0).map(\.text) }
  }

  @Sendable static func known(_ size: BenchmarkSize) throws -> Measurement {
    let shop = try Shop(titles: size == .full ? 50_000 : 2000)
    let queries = try QueryAnalyser(lexicon: shop.lexicon)
    return try measured(asked(shop, isMisspelt: false), allowed: 100) { try queries.query($0).terms.map(\.term) }
  }

  @Sendable static func unknown(_ size: BenchmarkSize) throws -> Measurement {
    let shop = try Shop(titles: size == .full ? 50_000 : 2000)
    let queries = try QueryAnalyser(lexicon: shop.lexicon)
    return try measured(asked(shop, isMisspelt: true), allowed: 2000) { try queries.query($0).terms.map(\.term) }
  }

  /// Four words of a title; misspelt: two letters of the longest change places.
  private static func asked(_ shop: Shop, isMisspelt: Bool) -> [String] {
    shop.titles.prefix(1000).map { title in
      var words = title.split(separator: " ").prefix(4).map(String.init)
      if isMisspelt {
        let longest = words.indices.max { words[$0].utf8.count < words[$1].utf8.count } ?? 0
        var letters = Array(words[longest].utf8)
        letters.swapAt(letters.count / 2, letters.count / 2 - 1)
        words[longest] = String(decoding: letters, as: UTF8.self)
      }
      return words.joined(separator: " ")
    }
  }

  /// A sample a text, beside the time that it may take.
  private static func measured(
    _ texts: [String], allowed: Double, _ terms: (String) throws -> [ExactText]
  ) throws -> Measurement {
    let clock = SystemClock()
    var (times, words): ([Double], [UInt32]) = ([], [])
    for text in texts.prefix(100) { _ = try terms(text) }
    for text in texts {
      let start = clock.now()
      let found = try terms(text)
      times.append(Double(clock.now().nanoseconds - start.nanoseconds) / 1000)
      words += found.flatMap { $0.text.utf8.map(UInt32.init) + [0] }
    }
    return Measurement(microseconds: times, peerMicroseconds: [allowed], results: words)
  }
}

/// The third power.
private func pow3(_ x: Double) -> Double { x * x * x }

extension String {
  /// With a capital first letter.
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
