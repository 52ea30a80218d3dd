import Bytes
import Evaluation
import Foundation
import Support

/// Catalogues with queries and judgements that lie beside the checkout; without them there is nothing to measure.
struct SearchData {
  /// The texts of each item, in a shuffled order: ties are broken by it, and files have an order that tells.
  private(set) var titles: [String] = []
  private(set) var queries: [SearchCase] = []
  /// Events of each item; 0 where there is no log.
  private(set) var events: [Double] = []
  /// Queries and what was found by them, to learn from.
  private(set) var learned: [(text: String, item: UInt32)] = []
  /// Items that were judged not to fit a query.
  private(set) var bad: [String: [UInt32]] = [:]

  static func lines(_ path: String) throws -> [Substring]? {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../shared/data/\(path)").standardizedFileURL
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    var bytes = Array(try Data(contentsOf: url))
    if path.hasSuffix(".gz") {
      let gunzip = Gunzip()
      gunzip.feed(bytes)
      bytes = []
      while true {
        let piece = try gunzip.next(1 << 20)
        if piece.isEmpty { break }
        bytes += piece
      }
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
  }

  static func cells(_ line: Substring) -> [String] {
    line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
  }

  /// Which of ten parts a text falls into: SHA-256 of `s:` and the text, as one number, modulo 10.
  private static func part(_ text: String) -> Int {
    ContentHash.sha256(Array("s:\(text)".utf8)).reduce(0) { ($0 * 256 + Int($1)) % 10 }
  }

  /// Places for `count` items in an order by a fixed seed.
  static func shuffled(_ count: Int) -> [Int] {
    var random = SeededRandom(seed: 18)
    return (0..<count).shuffled(using: &random)
  }

  /// Home improvement: typed queries, judged by people; the queries of some parts that have a good item.
  static func homeImprovement(parts: Set<Int>) throws -> SearchData? {
    guard let products = try lines("homedepot-search-dev/products.tsv.gz"),
      let judgements = try lines("homedepot-search-dev/judgements.tsv.gz")
    else { return nil }
    var data = SearchData()
    let rows = products.dropFirst().map(cells)
    let places = shuffled(rows.count)
    data.titles = Array(repeating: "", count: rows.count)
    var items: [String: Int] = [:]
    for (row, place) in zip(rows, places) {
      data.titles[place] = row[1]
      items[row[0]] = place
    }
    var queries: [String: SearchCase] = [:]
    for row in judgements.dropFirst().map(cells) {
      guard let item = items[row[1]], let relevance = Double(row[2]) else { continue }
      queries[row[0], default: SearchCase(text: row[0])].gains[item] = relevance - 1
      if relevance <= 1.67 { data.bad[row[0], default: []].append(UInt32(item)) }
      if relevance >= 2.33 { queries[row[0]]?.good.insert(item) }
    }
    data.queries = queries.values.filter { parts.contains(part($0.text)) && !$0.good.isEmpty }
      .sorted { $0.text < $1.text }
    return data
  }

  /// Chinese queries with titles of pages, labelled 0 to 2: all that have a good title.
  static func chinese() throws -> SearchData? {
    struct Pair: Decodable { let query, title, label: String }
    guard let first = try lines("chinese-queries/qbqtc_dev.jsonl.gz"),
      let second = try lines("chinese-queries/qbqtc_test_public.jsonl.gz")
    else { return nil }
    let pairs = try (first + second).map { try JSONDecoder().decode(Pair.self, from: Data($0.utf8)) }
    var data = SearchData()
    let titles = Set(pairs.map(\.title)).sorted()
    let places = shuffled(titles.count)
    data.titles = Array(repeating: "", count: titles.count)
    for (title, place) in zip(titles, places) { data.titles[place] = title }
    let items = Dictionary(uniqueKeysWithValues: zip(titles, places))
    var queries: [String: SearchCase] = [:]
    for pair in pairs {
      guard let item = items[pair.title], let label = Double(pair.label) else { continue }
      let known = queries[pair.query]?.gains[item] ?? 0
      queries[pair.query, default: SearchCase(text: pair.query)].gains[item] = max(known, label)
      if label >= 1 { queries[pair.query]?.good.insert(item) }
    }
    data.queries = queries.values.filter { !$0.good.isEmpty }.sorted { $0.text < $1.text }
    return data
  }

  /// Cell phones: brand and categories as text, category paths as queries that the log does not have, a bought item each.
  static func cellPhones() throws -> SearchData? {
    guard let rows = try lines("hem-cellphones/items.tsv.gz")?.map(cells),
      let queries = try lines("hem-cellphones/queries.tsv")?.map(cells),
      let train = try lines("hem-cellphones/train.tsv.gz")?.map(cells),
      let test = try lines("hem-cellphones/test.tsv")?.map(cells)
    else { return nil }
    var data = SearchData()
    let places = shuffled(rows.count)
    data.titles = Array(repeating: "", count: rows.count)
    data.events = Array(repeating: 0, count: rows.count)
    var items: [String: Int] = [:]
    for (row, place) in zip(rows, places) {
      data.titles[place] = "\(row[1]) \(row[2])"
      items[row[0]] = place
    }
    // A pair that was bought carries every query of its item.
    var bought: [String: Set<Int>] = [:]
    for row in train {
      guard let item = items[row[2]] else { continue }
      if bought[row[0], default: []].insert(item).inserted { data.events[item] += 1 }
    }
    let texts = Dictionary(uniqueKeysWithValues: queries.map { ($0[0], $0[1]) })
    data.queries = test.compactMap { row in
      guard let item = items[row[2]], let text = texts[row[1]] else { return nil }
      return SearchCase(text: text, gains: [item: 1], good: [item], hidden: (bought[row[0]] ?? []).subtracting([item]))
    }
    return data
  }

  /// Games of a shop: typed queries and what was clicked then, of the users of parts 7 to 9; those of the others are what
  /// there is to learn from.
  static func games() throws -> SearchData? {
    guard let products = try lines("bestbuy-xbox-search/products.tsv")?.map(cells),
      let clicks = try lines("bestbuy-xbox-search/clicks.tsv")?.map(cells)
    else { return nil }
    var data = SearchData()
    let rows = products.filter { $0.count == 2 && $0[0] != "sku" }
    let places = shuffled(rows.count)
    data.titles = Array(repeating: "", count: rows.count)
    data.events = Array(repeating: 0, count: rows.count)
    var items: [String: Int] = [:]
    for (row, place) in zip(rows, places) {
      data.titles[place] = row[1]
      items[row[0]] = place
    }
    for row in clicks {
      guard let item = items[row[2]] else { continue }
      if part(row[0]) >= 7 {
        data.queries.append(SearchCase(text: row[1], gains: [item: 1], good: [item]))
      } else {
        data.learned.append((row[1], UInt32(item)))
        data.events[item] += 1
      }
    }
    return data
  }

  /// The same with one edit in every fifth word: a letter left out, doubled, wrong, or exchanged with the next.
  func misspelt() -> SearchData {
    var random = SeededRandom(seed: 20)
    return asking { text in
      text.split(separator: " ").map { word in
        var letters = Array(word)
        guard letters.count > 2, random.next() % 5 == 0 else { return String(word) }
        let place = Int(random.next() % UInt64(letters.count))
        switch random.next() % 4 {
        case 0: letters.remove(at: place)
        case 1: letters.insert(letters[place], at: place)
        case 2: letters[place] = Character(UnicodeScalar(97 + UInt8(random.next() % 26)))
        default: letters.swapAt(place, place + 1 < letters.count ? place + 1 : place - 1)
        }
        return String(letters)
      }.joined(separator: " ")
    }
  }

  /// The same with other texts of the queries.
  func asking(_ text: (String) -> String) -> SearchData {
    var data = self
    data.queries = queries.map { SearchCase(text: text($0.text), gains: $0.gains, good: $0.good, hidden: $0.hidden) }
    return data
  }
}
