import Vocabulary

/// The price level of each category that has one, by the bytes of its name.
///
/// As JSON a list, because the keys of an object are compared as strings by those who read it: two categories that look
/// alike would be one.
struct PriceLevels: Hashable, Sendable {
  let ofCategory: [ExactText: DerivedAttributes.Level]

  init(_ ofCategory: [ExactText: DerivedAttributes.Level]) { self.ofCategory = ofCategory }
}

extension PriceLevels: Codable {
  private struct Entry: Codable {
    let category: ExactText
    let mean, deviation: Double
  }

  init(from decoder: any Decoder) throws {
    if let entries = try? decoder.singleValueContainer().decode([Entry].self) {
      let levels = entries.map { ($0.category, DerivedAttributes.Level(mean: $0.mean, deviation: $0.deviation)) }
      self.init(Dictionary(levels) { first, _ in first })
    } else {
      // An object, as version 0.1 wrote it.
      let levels = try decoder.singleValueContainer().decode([String: DerivedAttributes.Level].self)
      self.init(Dictionary(levels.map { ($0.key.exact, $0.value) }) { first, _ in first })
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(
      ofCategory.sorted { $0.key < $1.key }.map {
        Entry(category: $0.key, mean: $0.value.mean, deviation: $0.value.deviation)
      })
  }
}
