import Kernels

/// Vectors of texts and of queries with words by `proto-spec/09-arithmetic.md`, sections 9.11 and 9.12, in the plainest
/// way: what a reader of the page alone would write.
package enum SlowText {
  /// A term as the page's tables write it.
  package struct Word {
    package let kind: String
    package let text: String

    package init(kind: String, text: String) { (self.kind, self.text) = (kind, text) }
  }

  /// The features of one text: row and weight.
  package static func features(_ words: [Word], rows: UInt64) -> [(row: UInt64, weight: Float)] {
    var features: [(UInt64, Float)] = []
    let kept = words.filter { $0.kind != "joined" }
    for (place, word) in kept.enumerated() {
      features.append((hash(word.text) % rows, 1))
      if word.kind == "word" {
        let letters = Array("<\(word.text)>".unicodeScalars)
        var pieces: [String] = []
        for length in [3, 4, 5] {
          var first = 0
          while first + length <= letters.count {
            pieces.append(String(String.UnicodeScalarView(letters[first..<first + length])))
            first += 1
          }
        }
        for piece in pieces { features.append((hash("~" + piece) % rows, 1 / Float(pieces.count).squareRoot())) }
      }
      let isCJK: (Word) -> Bool = { $0.kind == "character" || $0.kind == "pair" }
      if place > 0, !isCJK(word), !isCJK(kept[place - 1]) {
        features.append((hash(kept[place - 1].text + " " + word.text) % rows, 0.5))
      }
    }
    return features
  }

  private static func hash(_ text: String) -> UInt64 {
    var h: UInt64 = 14_695_981_039_346_656_037
    for byte in text.utf8 {
      h ^= UInt64(byte)
      h = h.multipliedFullWidth(by: 1_099_511_628_211).low
    }
    h = (h ^ (h >> 30)).multipliedFullWidth(by: 0xbf58_476d_1ce4_e5b9).low
    h = (h ^ (h >> 27)).multipliedFullWidth(by: 0x94d0_49bb_1331_11eb).low
    return h ^ (h >> 31)
  }

  /// The vector of a text, by the value of a component of a row of the table.
  package static func vector(
    _ features: [(row: UInt64, weight: Float)], dimension: Int, _ table: (UInt64, Int) -> Float
  ) -> [Float] {
    unit((0..<dimension).map { i in features.reduce(Float(0)) { $0 + $1.weight * table($1.row, i) } })
  }

  package static func unit(_ z: [Float]) -> [Float] {
    var square = 0.0
    for x in z { square += Double(x) * Double(x) }
    let n = square.squareRoot()
    return n > 0 && n.isFinite ? z.map { Float(Double($0) / n) } : z.map { _ in 0 }
  }

  /// The query vector of section 9.12.
  ///
  /// - Parameter weights: In the order of the page's table.
  package static func query(
    _ q: [Float], terms: Int, idf: Float, user x: [Float], items: [[Float]], weights: [Float], gate: [Float],
    dimension dt: Int
  ) -> [Float] {
    let db = x.count
    let items = Array(items.suffix(30))
    func texts(_ item: [Float]) -> [Float] { Array(item.prefix(dt)) }
    let p = unit((0..<dt).map { i in items.reduce(Float(0)) { 0.9 * $0 + $1[i] } })
    var a = [Float](repeating: 0, count: dt)
    var b = [Float](repeating: 0, count: db)
    var most: Float = 0
    if !items.isEmpty {
      let s = items.map { Exact.dot(q, texts($0)) }
      most = s.reduce(-.infinity) { max($0, $1) }
      var e: [Float] = []
      for j in items.indices {
        var f: Float = 1
        for _ in (j + 1)..<items.count { f *= 0x1.f011d8p-1 }
        e.append(SlowArithmetic.exp(8 * (s[j] - most)) * f)
      }
      var sum: Float = 0
      for power in e { sum += power }
      for j in items.indices {
        for i in 0..<dt { a[i] = a[i] + e[j] / sum * items[j][i] }
        for i in 0..<db { b[i] = b[i] + e[j] / sum * items[j][dt + db + i] }
      }
      a = unit(a)
    }
    var c = gate[0]
    c += gate[1] * Float(terms)
    c += gate[2] * (idf / 10)
    c += gate[3] * Float(SlowArithmetic.signedLog(Double(items.count)))
    c += gate[4] * most
    let g = 2 * SlowArithmetic.activate(.sigmoid, c)
    let text = (0..<dt).map { weights[1] * q[$0] + g * (weights[4] * p[$0] + weights[5] * a[$0]) }
    return db == 0 ? text : text + x.map { g * weights[2] * $0 } + b.map { g * weights[3] * $0 } + [weights[6]]
  }
}
