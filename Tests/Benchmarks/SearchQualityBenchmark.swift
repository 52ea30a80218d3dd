import Evaluation
import Foundation
import SocketTransport
import Text
import Vocabulary

/// How well words alone find what people judged good, on data that lies beside the checkout; without it there is nothing
/// to measure.
///
/// Rules and constants were chosen on parts 0 to 2 of the home improvement queries; the other rows are read once.
enum SearchQualityBenchmark {
  /// The rules, one by one and together, with those queries apart that have an unknown word.
  @Sendable static func rules(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let data = try SearchData.homeImprovement(parts: [0, 1, 2]) else { return skipped }
    let search = try WordSearch(data.titles, language: "english")
    let queries = search.queries
    let unknown = data.queries.indices.filter { search.hasUnknownWord(data.queries[$0].text) }
    var (corrects, splits, joins, divides) = (QueryRules.none, QueryRules.none, QueryRules.none, QueryRules.none)
    corrects.corrects = true
    splits.splits = true
    joins.joins = true
    divides.dividesCompounds = true
    let sets = [
      ("words as typed", QueryRules.none), ("+ correct", corrects), ("+ split alone", splits),
      ("+ join alone", joins), ("+ divide alone", divides), ("all together", QueryRules()),
    ]
    var found: [SearchFigures] = []
    for (name, rules) in sets {
      let figures = try search.figures(data) { try queries.query($0, rules) }
      show(name, figures)
      line("with an unknown word: \(interval("Recall@100", unknown.map { figures.recall100[$0] }))")
      found.append(figures)
    }
    let cut = data.asking { text in String(text.prefix(text.count - (text.split(separator: " ").last?.count ?? 0) / 2))
    }
    show("last word cut to half, as typed", try search.figures(cut) { try queries.query($0, .none) })
    show(
      "last word cut to half, completed", try search.figures(cut) { try queries.query($0, isTyping: true) })
    let gain = Bootstrap.paired(found[5].ndcg, found[0].ndcg)
    line(String(format: "NDCG@10 difference %+.4f, 95 %% interval %+.4f…%+.4f", gain.mean, gain.low, gain.high))
    guard gain.low > 0 else { throw WrongResult(description: "the rules do not help") }
    return Measurement(microseconds: [0], results: found.flatMap { $0.first.joined() })
  }

  /// The check part of home improvement.
  @Sendable static func homeImprovement(_ size: BenchmarkSize) throws -> Measurement {
    try measured(size, try SearchData.homeImprovement(parts: [7, 8, 9]), "english", recall: 0.785, ndcg: 0.42)
  }

  /// Characters and pairs.
  @Sendable static func chinese(_ size: BenchmarkSize) throws -> Measurement {
    try measured(size, try SearchData.chinese(), "none", recall: 0.885, ndcg: 0.82)
  }

  /// Brand and category path as text, with the number of events.
  @Sendable static func cellPhones(_ size: BenchmarkSize) throws -> Measurement {
    try measured(size, try SearchData.cellPhones(), "english", events: 0.05, ndcg: 0.64, hits: 0.82, reciprocal: 0.59)
  }

  static let skipped = Measurement(microseconds: [0], results: [])

  private static func measured(
    _ size: BenchmarkSize, _ data: SearchData?, _ language: String, events: Float = 0, recall: Double = 0,
    ndcg: Double, hits: Double = 0, reciprocal: Double = 0
  ) throws -> Measurement {
    guard size == .full, let data else { return skipped }
    let search = try WordSearch(data.titles, language: language)
    let clock = SystemClock()
    let start = clock.now()
    let found = try search.figures(data, events: events) { try search.queries.query($0) }
    let time = Double(clock.now().nanoseconds - start.nanoseconds) / 1000
    show("\(data.titles.count) items, \(data.queries.count) queries", found)
    guard mean(found.recall100) >= recall, mean(found.ndcg) >= ndcg, mean(found.hits) >= hits,
      mean(found.reciprocal) >= reciprocal
    else { throw WrongResult(description: "below \(recall), \(ndcg), \(hits), \(reciprocal)") }
    return Measurement(microseconds: [time / Double(data.queries.count)], results: Array(found.first.joined()))
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

  private static func interval(_ name: String, _ values: [Double]) -> String {
    let interval = Bootstrap.interval(values)
    return String(format: "\(name) %.4f [%.4f, %.4f]", interval.mean, interval.low, interval.high)
  }

  static func show(_ name: String, _ figures: SearchFigures) {
    let columns = [
      ("Recall@100", figures.recall100), ("NDCG@10", figures.ndcg), ("HR@10", figures.hits),
      ("MRR", figures.reciprocal),
    ]
    line("\(name): " + columns.map { interval($0, $1) }.joined(separator: "  "))
  }

  static func line(_ text: String) { FileHandle.standardError.write(Data("  \(text)\n".utf8)) }
}
