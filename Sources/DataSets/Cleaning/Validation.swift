import Names
import Vocabulary

/// The checks of a data set: whether something can be learned from it, and whether its test is fair.
package struct Validation: Sendable {
  /// One check.
  package struct Check: Sendable, Equatable, Codable {
    package let name: String
    package let passed: Bool
    /// The finding, and advice if the check failed.
    package let detail: String
  }

  package private(set) var checks: [Check] = []

  /// Whether all passed.
  package var passed: Bool { checks.allSatisfy(\.passed) }

  /// Checks a data set.
  ///
  /// - Parameters:
  ///   - report: What became of the rows of its log, if that is known.
  ///   - tables: How the files that it was made of were understood, if that is known.
  ///   - test: What it is tested on, if that came with it.
  package init(_ data: DataSet, report: CleaningReport?, tables: [TableReading] = [], test: [TestCase]) {
    if let report { check(report) }
    for table in tables {
      guard let rows = table.rows, let met = table.met else { continue }
      add(
        "rows of \(table.file)", met > 0 || rows == 0, "\(met) of \(rows) meet an event of the log",
        "none: the ids of both files are written differently, or it is another file")
    }
    let log = data.interactions
    let histories = Histories(log)
    let lengths = (0..<log.userCount).map { histories[$0].count }.filter { $0 > 0 }.sorted()
    let popularity = histories.popularity
    let active = popularity.count { $0 > 0 }
    add("users", lengths.count >= 2, "\(lengths.count) users with events", "two at least")
    add("items", active >= 2, "\(active) items with events", "two at least")
    if let top = popularity.max(), log.count > 0 {
      add(
        "popularity", top * 2 <= log.count || active < 2,
        "the most frequent item has \(percent(top, log.count)) of all events",
        "more than half: is it an item at all?")
    }
    let median = lengths.isEmpty ? 0 : lengths[lengths.count / 2]
    add(
      "history", median >= 3, "the median user has \(median) events",
      "three at least are needed to hold one out for validation and one for the test")
    let pairs = max(1, lengths.count * active)
    let distinct = (0..<log.userCount).reduce(0) { $0 + Set(histories[$1]).count }
    add(
      "density", distinct * 2 <= pairs || pairs < 1000,
      "\(percent(distinct, pairs)) of all pairs of user and item occur",
      "more than half: there is next to nothing left to recommend")
    checkTimes(data)
    checkValues(data)
    checkAttributes(data, popularity)
    checkUsers(data, histories)
    if !test.isEmpty { check(test, data, histories) }
  }

  private mutating func add(_ name: String, _ passed: Bool, _ found: String, _ need: String) {
    checks.append(Check(name: name, passed: passed, detail: passed ? found : "\(found); \(need)"))
  }

  private mutating func check(_ report: CleaningReport) {
    let malformed = report.malformed
    add(
      "rows", malformed * 100 <= report.rowsRead, "\(malformed) of \(report.rowsRead) rows malformed",
      "more than 1 %: see the report; --delimiter, --columns and --encoding say how to read the file")
    let dropped = report.rowsRead - malformed - report.rowsKept
    add(
      "cleaning", dropped * 2 <= report.rowsRead, "\(dropped) of \(report.rowsRead) rows dropped",
      "more than half: see the report for the reasons")
    let duplicates = report.dropped.filter { $0.reason == DropReason.duplicate.rawValue }.reduce(0) { $0 + $1.rows }
    add(
      "duplicates", duplicates * 5 <= report.rowsRead,
      "\(percent(duplicates, report.rowsRead)) of the rows are duplicates",
      "more than a fifth: was the log joined with itself?")
  }

  private mutating func checkTimes(_ data: DataSet) {
    let times = data.interactions.times
    guard data.hasClock, let first = times.min(), let last = times.max() else {
      return add("times", true, "none; the order of the log counts", "")
    }
    add("times", first < last || times.count == 1, "\((last - first) / 86_400_000) days", "all events have one time")
  }

  private mutating func checkValues(_ data: DataSet) {
    let ratings = zip(data.kinds, data.values).filter { $0.0 == .rating }.map(\.1)
    guard let first = ratings.first, ratings.count > 1 else { return }
    let isPlain = ratings.allSatisfy { $0 == 1 }
    add(
      "ratings", isPlain || !ratings.allSatisfy { $0 == first },
      isPlain ? "without values" : "\(Set(ratings).count) different values", "all ratings are equal: they tell no taste"
    )
  }

  private mutating func checkAttributes(_ data: DataSet, _ popularity: [Int]) {
    let catalogue = data.catalogue
    guard !catalogue.definitions.isEmpty else { return }
    let described = catalogue.ids.indices.filter { row in catalogue.columns.contains { $0[row] != nil } }
    let known = described.reduce(0) { $0 + popularity[$1] }
    add(
      "item table", known * 100 >= 90 * data.interactions.count,
      "\(percent(known, data.interactions.count)) of the events are on items with attributes",
      "less than 90 %: do the ids of both files agree?")
    for (definition, column) in zip(catalogue.definitions, catalogue.columns) {
      let present = column.count { $0 != nil }
      add(
        "attribute \(definition.name)", present > 0, "\(percent(present, column.count)) of the items have it",
        "no value at all")
    }
  }

  private mutating func checkUsers(_ data: DataSet, _ histories: Histories) {
    guard !data.userDefinitions.isEmpty else { return }
    let described = data.users.ids.indices.filter { row in data.userColumns.contains { $0[row] != nil } }
    let known = described.reduce(0) { $0 + histories[$1].count }
    add(
      "user table", known * 100 >= 90 * data.interactions.count,
      "\(percent(known, data.interactions.count)) of the events are of users with attributes",
      "less than 90 %: do the ids of both files agree?")
  }

  private mutating func check(_ test: [TestCase], _ data: DataSet, _ histories: Histories) {
    var leaked = 0
    var known = 0
    var cold = 0
    var pairs: Set<UInt64> = []
    var twice = 0
    for one in test {
      if histories[one.user].isEmpty { cold += 1 }
      for item in one.relevant {
        if histories.contains(one.user, Int(item)) { leaked += 1 }
        if !pairs.insert(UInt64(one.user) << 32 | UInt64(item)).inserted { twice += 1 }
      }
      for item in one.others ?? [] where histories.contains(one.user, Int(item)) { known += 1 }
    }
    add(
      "test leakage", leaked == 0, "\(leaked) of \(test.count) tested pairs are also trained on",
      "take them out of the log")
    add("test users", cold == 0, "\(cold) tested users have no event to learn from", "take them out of the test")
    add("test negatives", known == 0, "\(known) negatives are items that the user has had", "draw them again")
    add("test pairs", twice == 0, "\(twice) tested pairs stand twice", "keep one")
  }

  private func percent(_ part: Int, _ whole: Int) -> String {
    let tenths = (part * 2000 + whole) / max(1, 2 * whole)
    return tenths == 0 && part > 0 ? "less than 0.1 %" : "\(tenths / 10).\(tenths % 10) %"
  }
}
