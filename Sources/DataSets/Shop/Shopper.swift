import Vocabulary

/// A shopper of the synthetic shop, with a taste that can be told in words.
package struct Shopper: Sendable {
  /// From 1.
  package let number: Int
  package let name: String
  /// The categories that the shopper looks for, the most important first.
  let categories: [Int]
  private let styles, brands: [Int]
  private let habit: PriceHabit
  /// The shopper's attributes that the shop knows: see `definitions`.
  let attributes: [AttributeValue?]

  /// One of the catalogue's people for the first numbers, a random taste for the others.
  init(_ number: Int, _ random: inout SplitMix64) {
    var categories = random.sample(3, below: ShopCatalogue.categories.count)
    var styles = random.sample(2, below: ShopCatalogue.styles.count)
    var brands = random.sample(2, below: ShopCatalogue.brands.count)
    var habit = PriceHabit.allCases[random.below(PriceHabit.allCases.count)]
    var name = "Shopper \(number)"
    if number <= ShopCatalogue.people.count {
      let person = ShopCatalogue.people[number - 1]
      name = person.name
      categories = person.categories.compactMap(ShopCatalogue.category)
      styles = person.styles.compactMap { ShopCatalogue.styles.firstIndex(of: $0) }
      brands = person.brands.compactMap { brand in ShopCatalogue.brands.firstIndex { $0.name == brand } }
      habit = person.habit
    }
    (self.number, self.name) = (number, name)
    (self.categories, self.styles, self.brands, self.habit) = (categories, styles, brands, habit)
    attributes = [
      .keyword(ShopCatalogue.categories[categories[0]].department), .int(Int64(18 + random.below(60))),
      .bool(random.below(3) == 0),
    ]
  }

  /// The shopper's tastes in words, the most important first: categories, styles, brands, prices.
  package var tastes: [String] {
    categories.map { ShopCatalogue.categories[$0].name } + styles.map { ShopCatalogue.styles[$0] }
      + brands.map { ShopCatalogue.brands[$0].name } + [habit.word]
  }

  /// The attributes of shoppers.
  static let definitions = [
    AttributeDefinition(name: "segment", type: .keyword), AttributeDefinition(name: "age", type: .int),
    AttributeDefinition(name: "newsletter", type: .bool),
  ]

  /// How much they like an article: 0 if nothing speaks for it but its category.
  func liking(of item: ShopItem) -> Float {
    func weight(_ index: Int, _ liked: [Int], _ weights: [Float]) -> Float {
      liked.firstIndex(of: index).map { weights[$0] } ?? 0
    }
    let distance = item.priceLevel - habit.level
    return weight(item.category, categories, [1, 0.875, 0.75]) + weight(item.style, styles, [0.75, 0.5])
      + weight(item.brand, brands, [1, 0.75]) - 0.375 * distance * distance + Float(item.ratingTenths - 39) / 32 - 0.75
  }
}
