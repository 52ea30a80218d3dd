import DataSets
import Evaluation
import Foundation
import Learning
import Support
import Text
import Towers

/// How well a text tower finds what people judged good, alone and beside the words, on data that lies beside the checkout.
enum SearchTowerBenchmark {
  /// The arms of a search and what they make together, over the same queries.
  struct Arms {
    var lexical = SearchFigures()
    var dense = SearchFigures()
    var union = SearchFigures()
    var fused = SearchFigures()

    init(_ data: SearchData, _ catalogue: SearchCatalogue, _ queries: QueryAnalyser) throws {
      let settings = catalogue.settings
      for asked in data.queries {
        let user = [Float](repeating: 0, count: settings.behaviour)
        let parts = try catalogue.parts(asked, try queries.query(asked.text), user: user)
        lexical.add(SearchFigures.best(parts.lexical, 100), asked)
        dense.add(SearchFigures.best(parts.dense, 100), asked)
        let candidates = parts.candidates(settings)
        union.add(candidates, asked, depth: candidates.count)
        fused.add(candidates, asked)
      }
    }

    func show(_ name: String) {
      for (arm, figures) in [("L", lexical), ("D", dense), ("union", union), ("fused", fused)] {
        SearchQualityBenchmark.show("\(name), \(arm)", figures)
      }
    }
  }

  /// Home improvement: titles alone, then with judged pairs; the check part, and the same with misspelt words.
  @Sendable static func homeImprovement(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let fit = try SearchData.homeImprovement(parts: [0, 1, 2, 3, 4, 5, 6]),
      let check = try SearchData.homeImprovement(parts: [7, 8, 9])
    else { return SearchQualityBenchmark.skipped }
    let search = try WordSearch(check.titles, language: "english")
    let pairs = fit.queries.flatMap { asked in
      asked.good.sorted().map { item in
        TextPair(
          query: search.analyser.terms(of: asked.text), item: UInt32(item),
          weight: Float(asked.gains[item] ?? 1) / 2, bad: fit.bad[asked.text] ?? [])
      }
    }
    var arms: [Arms] = []
    for (name, pairs) in [("titles", []), ("titles and judged pairs", pairs)] {
      let tower = try train(search, pairs)
      let catalogue = try search.catalogue(tower, SearchSettings(dimension: tower.dimension, rowCount: 1 << 17))
      let found = try Arms(check, catalogue, search.queries)
      found.show(name)
      arms.append(found)
      guard !pairs.isEmpty else { continue }
      let misspelt = try Arms(check.misspelt(), catalogue, search.queries)
      misspelt.show("\(name), one edit in 20 % of the words")
      let kept = mean(misspelt.fused.ndcg) / mean(found.fused.ndcg)
      SearchQualityBenchmark.line(String(format: "fused NDCG@10 kept with edits: %.4f", kept))
      guard kept >= 0.96 else { throw WrongResult(description: "edits leave \(kept)") }
    }
    try demand("D of titles, Recall@100", arms[0].dense.recall100, 0.7)
    try demand("D, Recall@100", arms[1].dense.recall100, 0.75)
    try demand("union, Recall", arms[1].union.recall100, 0.86)
    try demand("fused, Recall@100", arms[1].fused.recall100, 0.83)
    try demand("fused, NDCG@10", arms[1].fused.ndcg, 0.435)
    return Measurement(microseconds: [0], results: arms.flatMap { $0.fused.first.joined() })
  }

  /// Games: clicks of the users of parts 7 to 9, by towers and counts of the others.
  @Sendable static func games(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let data = try SearchData.games() else { return SearchQualityBenchmark.skipped }
    let search = try WordSearch(data.titles, language: "english")
    let pairs = data.learned.map { TextPair(query: search.analyser.terms(of: $0.text), item: $0.item, weight: 1) }
    let tower = try train(search, pairs)
    let catalogue = try search.catalogue(tower, SearchSettings(dimension: tower.dimension, rowCount: 1 << 17))
    try Arms(data, catalogue, search.queries).show("words and texts")
    var found = SearchFigures()
    for asked in data.queries {
      let parts = try catalogue.parts(asked, try search.queries.query(asked.text), user: [])
      let scores = data.titles.indices.map {
        parts.columns[0][$0] + 0.5 * parts.columns[1][$0] + 0.05 * Float(log(1 + data.events[$0]))
      }
      found.add(SearchFigures.best(scores, 100), asked)
    }
    SearchQualityBenchmark.show("L + 0.5 D + 0.05 ln(1 + clicks)", found)
    try demand("NDCG@10", found.ndcg, 0.74)
    try demand("HR@10", found.hits, 0.88)
    return Measurement(microseconds: [0], results: Array(found.first.joined()))
  }

  /// A tower of a catalogue's own words and of pairs.
  static func train(_ search: WordSearch, _ pairs: [TextPair]) throws -> TextTower {
    var options = TextTrainingOptions()
    options.threads = 2
    let trainer = TextTrainer(search.corpus, pairs: pairs, options)
    while trainer.epoch < trainer.epochs {
      let start = Date()
      guard let loss = trainer.runEpoch() else { break }
      SearchQualityBenchmark.line(
        String(format: "pass %d: loss %.4f in %.1f s", trainer.epoch, loss, Date().timeIntervalSince(start)))
    }
    return trainer.tower
  }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

  static func demand(_ name: String, _ values: [Double], _ bar: Double) throws {
    guard mean(values) >= bar else { throw WrongResult(description: "\(name) \(mean(values)) is below \(bar)") }
  }
}
