/// The coordinates in which a synthetic shop's items and shoppers meet.
///
/// Retrieval `[64]`: category 16 | style 8 | brand 16 | latent 24. It knows what an item is, not what it costs.
/// Rerank `[48]`: category 16 | style 8 | brand 16 | price level, its square | latent 6.
struct TasteSpace {
  static let embeddingDimension = 64
  static let rerankDimension = 48
  static let latentCount = 24
  static let rerankLatentCount = 6
  /// Where the brand's coordinates and the price level stand in a rerank vector.
  static let brandRange = 24..<40
  static let priceLevelIndex = 40
  /// How fast liking falls with the square of the distance in price level.
  static let priceSensitivity: Float = 0.375

  /// Codes `[24][16]`: brands may resemble each other.
  private let brands: [[Float]]

  init(_ random: inout SplitMix64) {
    brands = ShopCatalogue.brands.map { _ in (0..<16).map { _ in random.below(2) == 0 ? 0.25 : -0.25 } }
  }

  /// Weighted codes side by side: category `[16]`, style `[8]`, brand `[16]`.
  func codes(
    categories: [(Int, Float)], styles: [(Int, Float)], brands: [(Int, Float)]
  ) -> (category: [Float], style: [Float], brand: [Float]) {
    (
      sum(categories, 16) { Self.sign($0, $1) * 0.25 },
      sum(styles, 8) { Self.sign($0, $1) * 0.35355338 },
      sum(brands, 16) { self.brands[$0][$1] }
    )
  }

  private func sum(_ weighted: [(Int, Float)], _ count: Int, _ code: (Int, Int) -> Float) -> [Float] {
    (0..<count).map { at in weighted.reduce(0) { $0 + $1.1 * code($1.0, at) } }
  }

  /// Entry of a Hadamard matrix, whose rows are orthogonal.
  private static func sign(_ row: Int, _ column: Int) -> Float { (row & column).nonzeroBitCount % 2 == 0 ? 1 : -1 }
}
