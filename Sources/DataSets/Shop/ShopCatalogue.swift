/// The words and prices that every synthetic shop is made of.
enum ShopCatalogue {
  /// When a category sells.
  enum Season {
    case winter, summer, always
  }

  struct Category {
    let name: String
    let nouns: [String]
    /// Middle of its prices, in cents.
    let cents: Int
    let season: Season
    /// Whether people look for it in the evening.
    let isCosy: Bool

    /// The part of the shop in which it stands, by which shoppers are grouped.
    var department: String {
      switch name {
      case "boots", "jackets", "tents", "bikes": "outdoor"
      case "sneakers", "sandals", "shirts", "dresses", "bags": "fashion"
      case "lamps", "chairs", "blankets", "kettles": "home"
      default: "technology"
      }
    }
  }

  struct Brand {
    let name: String
    /// Shift of its prices, in sixteenths of a step; see `ShopItem.price`.
    let tier: Int
  }

  static let categories = [
    Category(
      name: "boots", nouns: ["hiking boots", "winter boots", "ankle boots"], cents: 11000, season: .winter,
      isCosy: false),
    Category(
      name: "sneakers", nouns: ["running shoes", "sneakers", "court shoes"], cents: 8500, season: .always, isCosy: false
    ),
    Category(
      name: "sandals", nouns: ["sandals", "slides", "espadrilles"], cents: 4200, season: .summer, isCosy: false),
    Category(
      name: "jackets", nouns: ["down jacket", "rain jacket", "wool coat"], cents: 16000, season: .winter, isCosy: false),
    Category(
      name: "shirts", nouns: ["linen shirt", "flannel shirt", "t-shirt"], cents: 3500, season: .always, isCosy: false),
    Category(
      name: "dresses", nouns: ["summer dress", "wrap dress", "shirt dress"], cents: 7000, season: .summer, isCosy: false
    ),
    Category(
      name: "bags", nouns: ["backpack", "tote bag", "messenger bag"], cents: 6500, season: .always, isCosy: false),
    Category(
      name: "watches", nouns: ["field watch", "dive watch", "dress watch"], cents: 21000, season: .always, isCosy: false
    ),
    Category(
      name: "tents", nouns: ["two-person tent", "family tent", "trekking tent"], cents: 24000, season: .summer,
      isCosy: false),
    Category(
      name: "bikes", nouns: ["city bike", "gravel bike", "folding bike"], cents: 89000, season: .summer, isCosy: false),
    Category(
      name: "lamps", nouns: ["desk lamp", "floor lamp", "reading lamp"], cents: 7500, season: .always, isCosy: true),
    Category(
      name: "chairs", nouns: ["armchair", "dining chair", "desk chair"], cents: 19000, season: .always, isCosy: true),
    Category(name: "blankets", nouns: ["wool blanket", "quilt", "throw"], cents: 5500, season: .winter, isCosy: true),
    Category(
      name: "kettles", nouns: ["tea kettle", "electric kettle", "pour-over kettle"], cents: 4800, season: .always,
      isCosy: true),
    Category(
      name: "headphones", nouns: ["headphones", "earbuds", "studio headphones"], cents: 14000, season: .always,
      isCosy: true),
    Category(
      name: "cameras", nouns: ["compact camera", "film camera", "action camera"], cents: 45000, season: .always,
      isCosy: false),
  ]

  static let brands = [
    Brand(name: "Norrland", tier: 4), Brand(name: "Altus", tier: 10), Brand(name: "Brisk", tier: -8),
    Brand(name: "Casa Lume", tier: 8), Brand(name: "Dovetail", tier: 2), Brand(name: "Everyday", tier: -12),
    Brand(name: "Fjordline", tier: 6), Brand(name: "Gable", tier: 0), Brand(name: "Harbour", tier: 0),
    Brand(name: "Iris", tier: 4), Brand(name: "Juniper", tier: -2), Brand(name: "Kestrel", tier: 6),
    Brand(name: "Loom", tier: -4), Brand(name: "Marlow", tier: 12), Brand(name: "Nimbus", tier: -6),
    Brand(name: "Oakhurst", tier: 8), Brand(name: "Pennant", tier: -8), Brand(name: "Quill", tier: 2),
    Brand(name: "Rove", tier: -2), Brand(name: "Sable", tier: 12), Brand(name: "Thrift", tier: -14),
    Brand(name: "Umbra", tier: 4), Brand(name: "Verve", tier: 0), Brand(name: "Willow", tier: -4),
  ]

  static let styles = ["rugged", "elegant", "minimal", "sporty", "vintage", "bold", "classic", "playful"]

  static let colours = ["black", "blue", "brown", "green", "grey", "orange", "pink", "red", "white", "yellow"]

  /// The shoppers of every shop's first ids, whose tastes differ at a glance.
  static let people: [(name: String, categories: [String], styles: [String], brands: [String], habit: PriceHabit)] = [
    ("Ada", ["tents", "boots", "jackets"], ["rugged", "sporty"], ["Norrland", "Fjordline"], .middle),
    ("Bruno", ["lamps", "chairs", "blankets"], ["elegant", "vintage"], ["Casa Lume", "Sable"], .premium),
    ("Chiara", ["dresses", "sandals", "bags"], ["playful", "bold"], ["Everyday", "Brisk"], .thrifty),
    ("Deniz", ["headphones", "cameras", "watches"], ["minimal", "classic"], ["Altus", "Marlow"], .premium),
    ("Emeka", ["bikes", "sneakers", "shirts"], ["sporty", "bold"], ["Rove", "Pennant"], .thrifty),
  ]

  static func category(_ name: String) -> Int? { categories.firstIndex { $0.name == name } }
}

/// How a shopper stands to prices.
enum PriceHabit: CaseIterable {
  case thrifty, middle, premium

  var word: String {
    switch self {
    case .thrifty: "low prices"
    case .middle: "fair prices"
    case .premium: "fine things"
    }
  }

  /// The price level they like best, in steps from the middle of a category.
  var level: Float {
    switch self {
    case .thrifty: -1.25
    case .middle: 0
    case .premium: 1.25
    }
  }
}
