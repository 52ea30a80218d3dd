import Vocabulary

/// One article of a synthetic shop.
struct ShopItem {
  let category: Int
  let brand: Int
  let style: Int
  let colours: [String]
  /// What the article is, as its title says it.
  let noun: String
  let title: String
  let cents: Int
  /// Rating in tenths of a star, 10...50.
  let ratingTenths: Int
  let reviews: Int
  let isInStock: Bool
  /// Price against the middle of the category, in steps of a factor of 1.6, as a multiple of 1/16.
  let priceLevel: Float

  init(_ random: inout SplitMix64) {
    category = random.below(ShopCatalogue.categories.count)
    brand = random.below(ShopCatalogue.brands.count)
    style = random.below(ShopCatalogue.styles.count)
    let sixteenths = max(-32, min(32, random.bell() + ShopCatalogue.brands[brand].tier))
    priceLevel = Float(sixteenths) / 16
    cents = Self.price(ShopCatalogue.categories[category].cents, sixteenths)
    colours = random.sample(1 + random.below(3), below: ShopCatalogue.colours.count).map { ShopCatalogue.colours[$0] }
    let nouns = ShopCatalogue.categories[category].nouns
    let style = ShopCatalogue.styles[style]
    noun = nouns[random.below(nouns.count)]
    title =
      "\(style.prefix(1).uppercased())\(style.dropFirst()) \(colours[0]) \(noun) by "
      + ShopCatalogue.brands[brand].name
    ratingTenths = max(10, min(50, 39 + random.bell() * 2 / 5))
    reviews = random.below(40) * random.below(40)
    isInStock = random.below(10) > 0
  }

  /// The attributes of items.
  static let definitions = [
    AttributeDefinition(name: "category", type: .keyword), AttributeDefinition(name: "brand", type: .keyword),
    AttributeDefinition(name: "style", type: .keyword), AttributeDefinition(name: "price", type: .float),
    AttributeDefinition(name: "rating", type: .float), AttributeDefinition(name: "reviews", type: .int),
    AttributeDefinition(name: "in_stock", type: .bool), AttributeDefinition(name: "colours", type: .keywordSet),
    AttributeDefinition(name: "title", type: .text),
  ]

  /// The item's attributes: see `definitions`.
  var attributes: [AttributeValue?] {
    [
      .keyword(ShopCatalogue.categories[category].name), .keyword(ShopCatalogue.brands[brand].name),
      .keyword(ShopCatalogue.styles[style]), .float(Double(cents) / 100), .float(Double(ratingTenths) / 10),
      .int(Int64(reviews)), .bool(isInStock),
      .keywordSet(colours.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }), .text(title),
    ]
  }

  /// Cents that end in 99 or 49, near middle · 1.6^(sixteenths / 16), by multiplication only.
  private static func price(_ middle: Int, _ sixteenths: Int) -> Int {
    // The 16th root of 1.6.
    let step = 1.0298106
    var price = Double(middle)
    for _ in 0..<abs(sixteenths) { price = sixteenths > 0 ? price * step : price / step }
    return max(1, Int(price) / 50) * 50 - 1
  }
}
