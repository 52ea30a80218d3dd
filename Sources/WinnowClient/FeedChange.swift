public import Vocabulary
import Wire

/// A feed's change of one item.
public enum FeedChange: Sendable {
  /// Writes the whole item.
  case upsert(Item)
  /// Changes some attributes of an item that is there.
  case update(ItemUpdate)
  /// Removes the item; what is not there counts as removed.
  case delete(ItemID)

  /// The item that is changed.
  public var id: ItemID {
    switch self {
    case .upsert(let item): item.id
    case .update(let update): update.id
    case .delete(let id): id
    }
  }

  /// The kind of the request that carries it.
  var opcode: Opcode {
    switch self {
    case .upsert: .upsert
    case .update: .update
    case .delete: .delete
    }
  }

  /// Why a collection of this schema cannot take the change, in words; `nil` if it can.
  func fault(under schema: CollectionSchema) -> String? {
    switch self {
    case .upsert(let item): item.fault(under: schema)
    case .update(let update): update.fault(under: schema)
    case .delete: nil
    }
  }

  /// About how many bytes it takes on the wire.
  var byteCount: Int {
    switch self {
    case .upsert(let item): 16 + 4 * (item.embedding.count + item.rerank.count) + Self.byteCount(item.attributes)
    case .update(let update): 16 + Self.byteCount(update.attributes.map(\.value))
    case .delete: 16
    }
  }

  private static func byteCount(_ attributes: [AttributeValue?]) -> Int {
    attributes.reduce(0) { count, value in
      switch value {
      case nil: count
      case .int, .float, .bool: count + 8
      case .keyword(let text), .text(let text): count + 8 + text.utf8.count
      case .keywordSet(let words): count + 8 + words.reduce(0) { $0 + 4 + $1.utf8.count }
      }
    }
  }
}
