import DataSets
import Ranking
import Vocabulary

/// The attributes that training adds to items; feeding carries them, so that serving reads what training read.
///
/// Their names begin with `derived_`: an item's value under such a name comes from an earlier training, and this
/// training computes it again.
struct DerivedAttributes: Codable, Hashable, Sendable {
  static let prefix = "derived_"
  static let priceInCategory = "derived_price_in_category"
  static let popularity = "derived_popularity"
  static let firstSeen = "derived_first_seen"

  /// Mean and deviation of the logarithm of prices.
  struct Level: Codable, Hashable, Sendable {
    let mean, deviation: Double
  }

  /// Of each category with enough prices, and of all prices; `nil` if there are none.
  let priceLevels: PriceLevels?
  let priceLevel: Level?
  let hasFirstSeen: Bool

  private static let pricesMin = 5

  /// Learns the price levels of a catalogue.
  init(_ catalogue: AttributeColumns, hasClock: Bool) {
    hasFirstSeen = hasClock
    let prices = Self.prices(catalogue)
    guard let all = Self.level(prices.compactMap(\.self)) else {
      (priceLevels, priceLevel) = (nil, nil)
      return
    }
    var byCategory: [ExactText: [Double]] = [:]
    for (price, category) in zip(prices, Self.categories(catalogue)) {
      if let price, let category { byCategory[category.exact, default: []].append(price) }
    }
    priceLevels = PriceLevels(byCategory.compactMapValues { $0.count >= Self.pricesMin ? Self.level($0) : nil })
    priceLevel = all
  }

  /// The catalogue with the derived attributes.
  ///
  /// - Parameters:
  ///   - popularity: Of each item, `[items]`.
  ///   - firstSeen: The day of each item's first event, `[items]`; `nil` if it has none.
  func extend(_ catalogue: AttributeColumns, popularity: [Double], firstSeen: [Double?]) -> AttributeColumns {
    var extended = catalogue
    if let priceLevel, let priceLevels {
      let values = zip(Self.prices(catalogue), Self.categories(catalogue)).map { price, category -> AttributeValue? in
        let level = category.flatMap { priceLevels.ofCategory[$0.exact] } ?? priceLevel
        return price.map { .float(($0 - level.mean) / level.deviation) }
      }
      extended = extended.adding(Self.priceInCategory, .float, values)
    }
    extended = extended.adding(Self.popularity, .float, popularity.map { .float($0) })
    if hasFirstSeen { extended = extended.adding(Self.firstSeen, .float, firstSeen.map { $0.map { .float($0) } }) }
    return extended
  }

  private static func prices(_ catalogue: AttributeColumns) -> [Double?] {
    (catalogue.column("price") ?? []).map { value in value?.number.flatMap { $0 > 0 ? SignedLog.log1p($0) : nil } }
  }

  private static func categories(_ catalogue: AttributeColumns) -> [String?] {
    catalogue.column("category")?.map { $0?.words.first } ?? [String?](repeating: nil, count: catalogue.ids.count)
  }

  /// `nil` if the logarithms are all the same.
  private static func level(_ logs: [Double]) -> Level? {
    guard !logs.isEmpty else { return nil }
    let mean = logs.reduce(0, +) / Double(logs.count)
    let variance = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(logs.count)
    return variance > 1e-12 ? Level(mean: mean, deviation: variance.squareRoot()) : nil
  }
}
