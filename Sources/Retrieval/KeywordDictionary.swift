import Vocabulary

/// The distinct keywords of a table, numbered as they come; codes are never taken back.
///
/// Both directions are cut into small pieces, so that a snapshot shares them all and the next new keyword copies
/// one piece of each.
struct KeywordDictionary: Sendable {
  private static let bucketCount = 256
  private static let wordsPerChunk = 256

  private var buckets = [[ExactText: UInt32]](repeating: [:], count: bucketCount)
  private var chunks: [[String]] = []
  private(set) var count = 0
  /// Estimated bytes of the texts and both directions.
  private(set) var byteCount = 0

  /// The code of a keyword, or `nil` if no item has ever had it.
  func code(of keyword: ExactText) -> UInt32? { buckets[Self.bucket(of: keyword)][keyword] }

  /// The code of a keyword, which is given one if it has none.
  mutating func intern(_ text: String) -> UInt32 {
    let keyword = text.exact
    let bucket = Self.bucket(of: keyword)
    if let code = buckets[bucket][keyword] { return code }
    let code = UInt32(count)
    buckets[bucket][keyword] = code
    if count % Self.wordsPerChunk == 0 { chunks.append([]) }
    chunks[chunks.count - 1].append(text)
    count += 1
    // A string of up to 15 bytes lies in its 16; the dictionary has a third of its places free.
    byteCount += 16 + 32 + (text.utf8.count > 15 ? text.utf8.count + 32 : 0)
    return code
  }

  /// The keyword of a code that this dictionary gave.
  subscript(code: UInt32) -> String { chunks[Int(code) / Self.wordsPerChunk][Int(code) % Self.wordsPerChunk] }

  /// Seeded by the process, so that a feed cannot choose keywords that fall into one bucket.
  private static func bucket(of keyword: ExactText) -> Int {
    var hasher = Hasher()
    hasher.combine(bucketCount)
    keyword.hash(into: &hasher)
    return hasher.finalize() & (bucketCount - 1)
  }
}
