import Ranking
import Vocabulary

/// Learns vocabularies and normalisations from columns.
enum FeatureFit {
  /// Items or users that must have a word for it to say anything beyond them.
  private static let rowsMin = 2

  /// The feature of a column by its type; `nil` if the column says nothing or only to people.
  static func feature(
    _ definition: AttributeDefinition, _ column: [AttributeValue?], wordsMax: Int
  ) -> AttributeFeature? {
    switch definition.type {
    case .int, .float: normalisation(column.map { $0?.number }).map { .numeric(attribute: definition.name, $0) }
    case .bool: column.contains { $0 != nil } ? .bool(attribute: definition.name, missing: 0.5) : nil
    case .text: nil
    case .keyword, .keywordSet:
      words(column, wordsMax: wordsMax).map {
        .oneHot(attribute: definition.name, OneHot(words: $0, hasOther: true))
      }
    }
  }

  /// The most frequent words of a column, then by their bytes; `nil` if no word stands twice.
  static func words(_ column: [AttributeValue?], wordsMax: Int) -> [String]? {
    var counts: [ExactText: Int] = [:]
    for value in column { for word in value?.words ?? [] { counts[word.exact, default: 0] += 1 } }
    let common = counts.filter { $0.value >= rowsMin }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return common.isEmpty || wordsMax < 1 ? nil : common.prefix(wordsMax).map(\.key.text)
  }

  /// To mean 0 and deviation 1, by logarithm if a few values are far above the mean of values that are not negative;
  /// `nil` if all are the same.
  static func normalisation(_ column: [Double?], takesLog: Bool? = nil) -> Normalisation? {
    var values = column.compactMap(\.self)
    guard let low = values.min(), let high = values.max(), low < high else { return nil }
    let takesLog = takesLog ?? (low >= 0 && high > 10 * values.reduce(0, +) / Double(values.count))
    if takesLog { values = values.map(SignedLog.log1p) }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    let scale = Float(1 / variance.squareRoot())
    guard scale.isFinite, Float(mean).isFinite else { return nil }
    return Normalisation(mean: Float(mean), scale: scale, takesLog: takesLog)
  }
}
