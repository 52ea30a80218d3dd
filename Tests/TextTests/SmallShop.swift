import Testing
import Text
import Vocabulary

/// A catalogue of a few titles.
enum SmallShop {
  static let titles = [
    "Stainless Steel Shower Head 2 gal.", "Chrome shower head", "Showerhead with hose", "Wall Shower head 5/8 in.",
    "Cordless drill 18 V", "Drill bit set", "Hammer drill", "Claw hammer", "Rubber mallet", "Deckover paint 1 gal.",
    "Wood deck stain", "Paint roller", "Kitchen faucet", "Kitchen sink", "Kitchen faucet brass", "Faucet brass",
    "Laminate flooring", "Laminate floor", "Hamper", "Ham slicer", "Hammock", "Hammered copper", "女士运动鞋",
  ]

  static func lexicon(_ language: String = "english", _ titles: [String] = titles) throws -> Lexicon {
    var builder = LexiconBuilder(try TextAnalyser(language: TextLanguage(language)), fields: ["title", "brand"])
    for (index, title) in titles.enumerated() { builder.add([title, index % 2 == 0 ? "Acme" : nil]) }
    return builder.lexicon()
  }
}
