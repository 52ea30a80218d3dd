/// A bound that a metric has to keep: `ndcg@10>=0.39`.
struct Requirement: Equatable {
  /// As the person wrote it.
  let text: String
  /// The key of a metric.
  let key: String
  let bound: Double
  let isMinimum: Bool

  /// - Returns: `nil` if the text is not such.
  init?(_ text: String) {
    let parts = text.split(whereSeparator: { $0 == "<" || $0 == ">" || $0 == "=" })
    let sign = text.filter { $0 == "<" || $0 == ">" || $0 == "=" }
    guard parts.count == 2, sign == ">=" || sign == "<=",
      let bound = Double(parts[1].filter { $0 != " " }), bound.isFinite
    else { return nil }
    self.text = text
    key = parts[0].filter { $0 != " " }.lowercased()
    self.bound = bound
    isMinimum = sign == ">="
  }

  /// Whether a value keeps it; a value that is not known does not.
  func holds(for value: Double?) -> Bool { value.map { isMinimum ? $0 >= bound : $0 <= bound } ?? false }
}
