import Bytes
package import Vocabulary

/// How many items a set has and the sum of their hashes: equal for equal sets, in any order and in any parts
/// (`proto-spec/03-messages/generation.md`).
package struct ItemDigest: Hashable, Sendable {
  /// Bytes of a digest.
  package static let byteCount = ContentHash.byteCount

  /// Items counted.
  package private(set) var itemCount: UInt64
  private var sums: [UInt64]

  /// Of no items, or of items without a sum of their hashes.
  package init(itemCount: UInt64 = 0) {
    self.itemCount = itemCount
    sums = [0, 0, 0, 0]
  }

  /// A digest from another node.
  ///
  /// - Returns: `nil` unless there are 32 bytes.
  package init?(itemCount: UInt64, bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.itemCount = itemCount
    sums = Self.words(bytes)
  }

  /// The digest as it travels, 32 bytes.
  package var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(array: sums)
    return writer.bytes
  }

  /// Counts an item.
  package mutating func add(_ item: Item) {
    add(ItemDigest(itemCount: 1, sums: Self.words(ContentHash.sha256(Self.canonicalBytes(item)))))
  }

  /// Counts the history of a shopper.
  package mutating func add(_ history: StoredHistory) {
    var writer = BodyWriter()
    history.write(to: &writer)
    add(ItemDigest(itemCount: 1, sums: Self.words(ContentHash.sha256(writer.body.bytes))))
  }

  /// Counts the items of another digest.
  package mutating func add(_ other: ItemDigest) {
    itemCount &+= other.itemCount
    for lane in sums.indices { sums[lane] &+= other.sums[lane] }
  }

  private init(itemCount: UInt64, sums: [UInt64]) {
    self.itemCount = itemCount
    self.sums = sums
  }

  private static func words(_ bytes: [UInt8]) -> [UInt64] {
    (0..<4).map { lane in
      bytes[lane * 8..<lane * 8 + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  private static func canonicalBytes(_ item: Item) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(item.id.rawValue)
    for vector in [item.embedding, item.rerank] {
      writer.write(UInt16(truncatingIfNeeded: vector.count))
      writer.write(floats: vector)
    }
    writer.write(UInt16(truncatingIfNeeded: item.attributes.count))
    for value in item.attributes {
      guard let value else {
        writer.write(0 as UInt8)
        continue
      }
      writer.write(value.type.rawValue)
      switch value {
      case .int(let number): writer.write(number)
      case .float(let number): writer.write(number)
      case .bool(let isSet): writer.write(isSet ? 1 as UInt8 : 0)
      case .keyword(let text), .text(let text): writer.write(text: text)
      case .keywordSet(let words):
        writer.write(UInt16(truncatingIfNeeded: words.count))
        for word in words { writer.write(text: word) }
      }
    }
    return writer.bytes
  }
}
