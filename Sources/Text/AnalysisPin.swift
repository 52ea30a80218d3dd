internal import Bytes
internal import Vocabulary

/// Whether the libraries make of some texts the terms that version 1 has: Unicode moves on, and terms in an index stay.
enum AnalysisPin {
  /// The texts of the golden table (`proto-spec/11-text.md`).
  static let texts: [(language: String, text: String)] = [
    ("english", #"3/4 in. x 10 ft. PVC Pipe"#), ("english", #"1-1/2" screws, 2x4 stud"#), ("english", "½ in."),
    ("english", "1½ in."), ("english", ".5 lb"), ("english", "0.50 lb"), ("english", "1,000 W / 120-Volt"),
    ("english", "10mm Bohrer"), ("english", "STRASSE straße"), ("german", "Küchenmaschinen"),
    ("english", "stainless-steel wi-fi"), ("english", "crème brûlée 🍮"), ("english", "👍🏽 ok"),
    ("english", "L'Oréal Levi's"), ("english", "女士运动鞋 Nike 42码"), ("english", "iPhone15手机壳"),
    ("english", "ﾃﾚﾋﾞ"), ("english", "삼성"), ("english", "ไทย"), ("russian", "Ёлка"), ("none", "ＡＢＣ１２"),
    ("none", "آيفون ١٥"), ("none", "Moen® 5/8″ × 10′"), ("none", "हिन्दी किताबें"), ("none", "ﬁlter Ⅳ ℃"),
    ("french", "chaussures d'été"), ("none", "👨‍👩‍👧 🇩🇪 1️⃣"),
  ]

  /// CRC32C of the terms of all texts: a line each, the terms joined by a blank.
  static let checksum: UInt32 = 0xDB7BF689

  static let holds = current == checksum

  static var current: UInt32? {
    var crc = CRC32C()
    for (name, text) in texts {
      guard let language = try? TextLanguage(name), let maker = try? TextAnalyser.maker(language) else { return nil }
      let terms = RunCutter.terms(of: Folding.folded(text), maker)
      crc.update(Array((terms.map(\.text.text).joined(separator: " ") + "\n").utf8))
    }
    return crc.value
  }
}
