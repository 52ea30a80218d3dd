/// Finds words of a list that are spelt nearly like another: by optimal string alignment (insertion, deletion,
/// replacement, exchange of neighbours), counted in characters.
///
/// The list is gone through in its order, and words share the rows of the table of distances as far as they begin alike.
struct NearbyWords: Sendable {
  /// A word of the list and how far it is.
  struct Found: Equatable {
    let place: Int
    /// The distance, and 1 more if the first characters differ.
    let cost: Int
  }

  /// Characters of all words behind each other.
  let letters: [UInt32]
  /// `[n + 1]`
  let starts: [UInt32]
  /// `[n]`: characters that a word shares with the one before it.
  let shared: [UInt8]

  /// What it holds, in bytes.
  var memoryBytes: Int { 4 * (letters.count + starts.count) + shared.count }

  /// No word has more bytes.
  static let lettersMax = TermMaker.bytesMax

  init(_ words: WordList) {
    var (letters, starts, shared): ([UInt32], [UInt32], [UInt8]) = ([], [0], [])
    var before: [UInt32] = []
    for place in 0..<words.count {
      let word = String(decoding: words.utf8(place), as: UTF8.self).unicodeScalars.map(\.value)
      shared.append(UInt8(zip(before, word).prefix { $0 == $1 }.count))
      letters += word
      starts.append(UInt32(letters.count))
      before = word
    }
    (self.letters, self.starts, self.shared) = (letters, starts, shared)
  }

  /// The words of least cost within a distance, in the order of the list.
  func nearest(to word: [UInt32], within distance: Int) -> [Found] {
    let m = word.count
    guard m > 0, m <= Self.lettersMax else { return [] }
    let width = m + 1
    let far = UInt8(distance + 1)
    // Row d, column j: the distance of the first d characters of a word of the list to the first j of `word`, as far as
    // it is within the limit.
    var table = [UInt8](repeating: far, count: (Self.lettersMax + 1) * width)
    for j in 0...min(m, distance) { table[j] = UInt8(j) }
    var found: [Found] = []
    var least = distance + 1
    // Rows 0…valid stand for the word before; beyond `dead` characters nothing that begins like it can be near.
    var (valid, dead) = (0, Int.max)
    for place in shared.indices {
      let common = Int(shared[place])
      if common >= dead { continue }
      let (first, end) = (Int(starts[place]), Int(starts[place + 1]))
      let count = end - first
      valid = min(valid, common)
      dead = Int.max
      let limit = min(distance, least)
      while valid < count {
        valid += 1
        if Self.fill(&table, valid, letters[first..<end], word, distance) > limit {
          dead = valid
          break
        }
      }
      guard dead == Int.max, abs(count - m) <= distance else { continue }
      let apart = Int(table[count * width + m])
      guard apart <= distance else { continue }
      let cost = apart + (letters[first] == word[0] ? 0 : 1)
      if cost < least || found.isEmpty {
        found = []
        least = cost
      }
      if cost == least { found.append(Found(place: place, cost: cost)) }
    }
    return found
  }

  /// Fills row d within the band, and returns its least value.
  static func fill(
    _ table: inout [UInt8], _ d: Int, _ other: ArraySlice<UInt32>, _ word: [UInt32], _ distance: Int
  ) -> Int {
    let width = word.count + 1
    let (row, above) = (d * width, (d - 1) * width)
    let far = UInt8(distance + 1)
    let (low, high) = (max(0, d - distance), min(word.count, d + distance))
    guard low <= high else { return distance + 1 }
    if low > 0 { table[row + low - 1] = far }
    if high < word.count { table[row + high + 1] = far }
    let letter = other[other.startIndex + d - 1]
    var least = far
    for j in low...high {
      var value: UInt8
      if j == 0 {
        value = UInt8(d)
      } else {
        value = table[above + j - 1] + (letter == word[j - 1] ? 0 : 1)
        value = min(value, table[above + j] + 1, table[row + j - 1] + 1)
        if d > 1, j > 1, letter == word[j - 2], other[other.startIndex + d - 2] == word[j - 1] {
          value = min(value, table[above - width + j - 2] + 1)
        }
        value = min(value, far)
      }
      table[row + j] = value
      least = min(least, value)
    }
    return Int(least)
  }
}
