/// How far two names are apart: insertions, deletions, substitutions and swaps of neighbours.
enum EditDistance {
  /// The optimal string alignment distance of two texts, of which only the first 64 bytes count.
  static func between(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8.prefix(64)), Array(b.utf8.prefix(64)))
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for i in a.indices {
      var current = [i + 1]
      for j in b.indices {
        var least = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, beforePrevious[j - 1] + 1) }
        current.append(least)
      }
      (beforePrevious, previous) = (previous, current)
    }
    return previous[b.count]
  }

  /// The name nearest to a text, the first of equals.
  static func nearest(_ text: String, among names: [String]) -> String? {
    names.min { between(text, $0) < between(text, $1) }
  }

  /// The end of an error message that names the nearest name; empty if there is none.
  static func hint(_ text: String, among names: [String], _ spelled: (String) -> String) -> String {
    nearest(text, among: names).map { "; the nearest is \(spelled($0))" } ?? ""
  }
}
