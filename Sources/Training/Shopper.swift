package import Ranking
package import Vocabulary

/// Somebody who shops, with a taste that can be told in words.
package struct Shopper: Sendable {
  package let id: UserID
  package let name: String
  /// What they like, the most important first: categories, styles, brands, prices.
  package let tastes: [String]
  package let vectors: UserVectors
  /// What a shop knows of them: see `definitions`.
  let attributes: [AttributeValue?]
  let number: Int
  /// What they look for, the most important first.
  let categories: [Int]
  private let styles, brands: [Int]
  private let habit: PriceHabit

  /// One of the catalogue's people for the first ids, a random taste for the others.
  init(_ id: Int, _ space: TasteSpace, _ random: inout SplitMix64) {
    var categories = random.sample(3, below: ShopCatalogue.categories.count)
    var styles = random.sample(2, below: ShopCatalogue.styles.count)
    var brands = random.sample(2, below: ShopCatalogue.brands.count)
    var habit = PriceHabit.allCases[random.below(PriceHabit.allCases.count)]
    var name = "Shopper \(id)"
    if id <= ShopCatalogue.people.count {
      let person = ShopCatalogue.people[id - 1]
      name = person.name
      categories = person.categories.compactMap(ShopCatalogue.category)
      styles = person.styles.compactMap { ShopCatalogue.styles.firstIndex(of: $0) }
      brands = person.brands.compactMap { brand in ShopCatalogue.brands.firstIndex { $0.name == brand } }
      habit = person.habit
    }
    self.id = UserID(UInt64(id))
    number = id
    (self.categories, self.styles, self.brands, self.habit) = (categories, styles, brands, habit)
    attributes = [
      .keyword(ShopCatalogue.categories[categories[0]].department), .int(Int64(18 + random.below(60))),
      .bool(random.below(3) == 0),
    ]
    self.name = name
    tastes =
      categories.map { ShopCatalogue.categories[$0].name } + styles.map { ShopCatalogue.styles[$0] }
      + brands.map { ShopCatalogue.brands[$0].name } + [habit.word]

    let latent = (0..<TasteSpace.latentCount).map { _ in random.unit() * 0.25 }
    let search = space.codes(
      categories: Self.weighted(categories, [1.25, 1.125, 1]), styles: Self.weighted(styles, [0.5, 0.375]),
      brands: Self.weighted(brands, [0.375, 0.25]))
    let liking = space.codes(
      categories: Self.weighted(categories, [1.25, 1.125, 1]), styles: Self.weighted(styles, [0.75, 0.5]),
      brands: Self.weighted(brands, [1, 0.75]))
    let s = TasteSpace.priceSensitivity
    vectors = UserVectors(
      query: search.category + search.style + search.brand + latent,
      // −s (level − habit)² = 2 s habit · level − s · level² + a constant of the shopper.
      vector: liking.category + liking.style + liking.brand + [2 * s * habit.level, -s]
        + latent.prefix(TasteSpace.rerankLatentCount),
      profile: [])
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

  private static func weighted(_ indices: [Int], _ weights: [Float]) -> [(Int, Float)] {
    Array(zip(indices, weights))
  }
}
