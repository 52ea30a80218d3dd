import Bytes
import DataSets
import Evaluation
import Foundation
import Kernels
import Learning
import Support
import Text
import Towers
import Vocabulary

/// Shoppers of beauty articles who ask for a category of what they buy next: what the shopper adds to the words.
///
/// A query of an event is, of those that list its item, the one with the least SHA-256 of `user:query`. Weights are fitted
/// on the second last item of shoppers, by towers that know neither this nor the last, and tested on the last of all.
struct BeautySearch {
  private let histories: [(user: String, items: [UInt32])]
  private let queriesOfItem: [[String]]
  private let search: WordSearch

  init?() throws {
    guard let rows = try SearchData.lines("amazon-beauty-search/items.tsv.gz")?.map(SearchData.cells),
      let queries = try SearchData.lines("amazon-beauty-search/queries.tsv")?.map(SearchData.cells),
      let links = try SearchData.lines("amazon-beauty-search/query_items.tsv.gz")?.map(SearchData.cells),
      let titles = try SearchData.lines("amazon-beauty/items.tsv")?.dropFirst().map(SearchData.cells),
      let sequences = try SearchData.lines("amazon-beauty/sequences.txt")
    else { return nil }
    let places = SearchData.shuffled(rows.count)
    let place = Dictionary(uniqueKeysWithValues: zip(rows.map { $0[0] }, places))
    var texts = [[String]](repeating: [], count: rows.count)
    for (row, place) in zip(rows, places) {
      texts[place] = ["\(row[2] == "Unknown" ? "" : row[2]) \(row[3].replacingOccurrences(of: "|", with: ", "))"]
    }
    for row in titles { if let place = place[row[0]] { texts[place].append(row[2]) } }
    search = try WordSearch(texts, language: "english")
    let names = Dictionary(uniqueKeysWithValues: queries.map { ($0[0], $0[1]) })
    var queriesOfItem = [[String]](repeating: [], count: rows.count)
    for link in links { if let place = place[link[1]], let name = names[link[0]] { queriesOfItem[place].append(name) } }
    self.queriesOfItem = queriesOfItem
    histories = sequences.map { line in
      let parts = line.split(separator: " ").map(String.init)
      return (parts[0], parts.dropFirst().compactMap { place[$0].map(UInt32.init) })
    }
  }

  /// What a shopper asks who will buy an item; `nil` if no query lists it.
  private func query(_ user: String, _ item: UInt32) -> String? {
    queriesOfItem[Int(item)].min {
      ContentHash.sha256(Array("\(user):\($0)".utf8)).lexicographicallyPrecedes(
        ContentHash.sha256(Array("\(user):\($1)".utf8)))
    }
  }

  /// The search for the item that each shopper bought `count` before the last, if a query lists it.
  private func cases(beforeLast count: Int) -> [SearchCase] {
    histories.indices.compactMap { user in
      let items = histories[user].items
      guard items.count > count + 1 else { return nil }
      let (wanted, history) = (items[items.count - 1 - count], Array(items.dropLast(count + 1)))
      guard let text = query(histories[user].user, wanted) else { return nil }
      return SearchCase(
        text: text, gains: [Int(wanted): 1], good: [Int(wanted)],
        hidden: Set(history.map(Int.init)).subtracting([Int(wanted)]), user: user, history: history)
    }
  }

  private func log(withoutLast count: Int) -> Interactions {
    var log = Interactions()
    for user in histories.indices {
      for item in histories[user].items.dropLast(count) { log.append(user: user, item: Int(item)) }
    }
    return log
  }

  /// The catalogue by towers of all but the last events of each shopper, and the shoppers' vectors, `[users, db]`.
  private func catalogue(withoutLast count: Int, _ tower: TextTower, _ weights: SearchSettings) throws -> (
    SearchCatalogue, FloatMatrix
  ) {
    let log = log(withoutLast: count)
    var options = TowerOptions()
    options.threads = 2
    guard let behaviour = RetrievalTower.fit(log, options) else { throw WrongResult(description: "no tower") }
    var events = [Double](repeating: 0, count: search.corpus.count)
    for item in log.items { events[Int(item)] += 1 }
    let embeddings = FloatMatrix(rows: search.corpus.count, columns: weights.embeddingDimension)
    for item in 0..<search.corpus.count {
      let own =
        item < behaviour.embeddings.rowCapacity
        ? behaviour.embeddings.row(item) : [Float](repeating: 0, count: weights.behaviour)
      embeddings.setRow(
        item,
        weights.embedding(
          text: tower.vector(search.corpus.features[item]), behaviour: own,
          popularity: Float(SignedLog.log1p(events[item]))))
    }
    return (try SearchCatalogue(search.words, tower, weights, embeddings: embeddings), behaviour.queries)
  }

  @Sendable static func run(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let data = try BeautySearch() else { return SearchQualityBenchmark.skipped }
    return Measurement(microseconds: [0], results: try data.measured())
  }

  private func measured() throws -> [UInt32] {
    var pairs: [TextPair] = []
    for (user, items) in histories {
      for item in items.dropLast(2) {
        if let text = query(user, item) {
          pairs.append(TextPair(query: search.analyser.terms(of: text), item: item, weight: 1))
        }
      }
    }
    let tower = try SearchTowerBenchmark.train(search, pairs)
    let start = SearchSettings(dimension: tower.dimension, rowCount: 1 << 17, behaviour: 64)
    let (known, users) = try catalogue(withoutLast: 2, tower, start)
    var validation = cases(beforeLast: 1)
    var random = SeededRandom(seed: 18)
    validation.shuffle(using: &random)
    func parts(_ asked: SearchCase, _ catalogue: SearchCatalogue, _ users: FloatMatrix) throws -> SearchParts {
      let user = asked.user.map { users.row($0) } ?? [Float](repeating: 0, count: 64)
      return try catalogue.parts(asked, try search.queries.query(asked.text), user: user)
    }
    let events = try validation.prefix(2500).enumerated().map { number, asked in
      SearchFit.Event(try parts(asked, known, users), wanted: asked.good.first ?? 0, number: number)
    }
    let fit = SearchFit(events)
    let texts = fit.fitted(start, parts: [0, 1, 6])
    let fits = [("fixed", fit.fitted(start)), ("gate", fit.fitted(start, gated: true))]
    // Chosen by the whole catalogue on validation events that the weights were not fitted to.
    var chosen = [SearchFigures(), SearchFigures()]
    for asked in validation.dropFirst(2500).prefix(1000) {
      let parts = try parts(asked, known, users)
      for place in fits.indices { chosen[place].add(SearchFigures.best(parts.scores(fits[place].1), 100), asked) }
    }
    for place in fits.indices {
      SearchQualityBenchmark.line("\(fits[place].0): \(fits[place].1.weights.values) \(fits[place].1.gate)")
      SearchQualityBenchmark.show("validation, \(fits[place].0)", chosen[place])
    }
    let settings =
      SearchTowerBenchmark.mean(chosen[1].ndcg) > SearchTowerBenchmark.mean(chosen[0].ndcg) ? fits[1].1 : fits[0].1
    let (tested, shoppers) = try catalogue(withoutLast: 1, tower, start)
    var (alone, personal) = (SearchFigures(), SearchFigures())
    var matching: [Int] = []
    for asked in cases(beforeLast: 0) {
      let parts = try parts(asked, tested, shoppers)
      matching.append(parts.columns[0].count { $0 > 0 })
      alone.add(SearchFigures.best(parts.scores(texts), 100), asked)
      personal.add(SearchFigures.best(parts.scores(settings), 100), asked)
    }
    SearchQualityBenchmark.show("words and texts alone", alone)
    SearchQualityBenchmark.show("with the shopper", personal)
    for (low, high) in [(0, 1000), (1000, 3000), (3000, 6000), (6000, 20_000)] {
      let chosen = matching.indices.filter { (low..<high).contains(matching[$0]) }
      guard !chosen.isEmpty else { continue }
      let gain = Bootstrap.paired(chosen.map { personal.ndcg[$0] }, chosen.map { alone.ndcg[$0] })
      SearchQualityBenchmark.line(
        String(
          format: "%d to %d items have a word: %d cases, NDCG@10 %+.4f [%+.4f, %+.4f]", low, high, chosen.count,
          gain.mean, gain.low, gain.high))
      guard gain.mean >= 0 else { throw WrongResult(description: "the shopper harms a bin") }
    }
    let gain = Bootstrap.paired(personal.ndcg, alone.ndcg)
    SearchQualityBenchmark.line(
      String(format: "the shopper adds %+.4f [%+.4f, %+.4f] to NDCG@10", gain.mean, gain.low, gain.high))
    try SearchTowerBenchmark.demand("NDCG@10 with the shopper", personal.ndcg, 0.14)
    guard gain.low > 0 else { throw WrongResult(description: "the shopper adds nothing") }
    return Array(personal.first.joined())
  }
}
