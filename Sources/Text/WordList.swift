package import Vocabulary

/// Texts in ascending order of their bytes, each once, with how many items have it.
package struct WordList: Equatable, Sendable {
  /// UTF-8 of all texts behind each other.
  let bytes: [UInt8]
  /// `[n + 1]`: where each text begins, then where the last ends.
  let starts: [UInt32]
  /// `[n]`: items that have the text, 1 at least.
  let counts: [UInt32]

  /// - Precondition: ascending, each once.
  init(_ entries: [(text: ExactText, count: UInt32)]) {
    var (bytes, starts): ([UInt8], [UInt32]) = ([], [0])
    for entry in entries {
      bytes += entry.text.text.utf8
      starts.append(UInt32(bytes.count))
    }
    self.init(bytes: bytes, starts: starts, counts: entries.map(\.count))
  }

  init(bytes: [UInt8], starts: [UInt32], counts: [UInt32]) {
    (self.bytes, self.starts, self.counts) = (bytes, starts, counts)
  }

  /// Number n of texts.
  package var count: Int { counts.count }

  /// What it holds, in bytes.
  var memoryBytes: Int { bytes.count + 4 * (starts.count + counts.count) }

  func utf8(_ index: Int) -> ArraySlice<UInt8> { bytes[Int(starts[index])..<Int(starts[index + 1])] }

  /// A text by its place.
  package func text(_ index: Int) -> ExactText { String(decoding: utf8(index), as: UTF8.self).exact }

  /// Items that have a text; 0 if the list does not have it.
  package func count(of text: ExactText) -> Int { index(of: text).map { Int(counts[$0]) } ?? 0 }

  /// The place of a text; `nil` if the list does not have it.
  package func index(of text: ExactText) -> Int? {
    let word = Array(text.text.utf8)
    let index = lowerBound(word)
    return index < count && utf8(index).elementsEqual(word) ? index : nil
  }

  /// The places of all texts that begin with these bytes.
  func places(beginningWith prefix: [UInt8]) -> Range<Int> {
    let first = lowerBound(prefix)
    // No UTF-8 has this byte.
    return first..<max(first, lowerBound(prefix + [0xFF]))
  }

  /// The first place whose text is not below.
  private func lowerBound(_ word: [UInt8]) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if utf8(middle).lexicographicallyPrecedes(word) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
