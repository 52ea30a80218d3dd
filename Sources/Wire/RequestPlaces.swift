import Bytes
package import Vocabulary

/// Where in a request the name of the collection and the generation stand: an error that only the node's data can find is
/// about one of them. Both are constants of the message's page but for a length before the name in RANK.
private struct RequestPlaces {
  var collection: Int?
  var generation: Int?

  /// The places in the body of a request, which has been decoded without a fault.
  init(_ opcode: Opcode, _ body: ArraySlice<UInt8>) {
    let byte = { (offset: Int) in offset < body.count ? Int(body[body.startIndex + offset]) : 0 }
    switch opcode {
    case .rank: (collection, generation) = (29 + byte(28), 12)
    case .search: (collection, generation) = (32, 4)
    case .get: (collection, generation) = (6, 0)
    case .collectionCreate, .collectionDrop, .modelDescribe: (collection, generation) = (4, 0)
    case .collectionDescribe: collection = 0
    case .generation: (collection, generation) = (48, 4)
    case .modelLoad: (collection, generation) = (64, 12)
    case .upsert: (collection, generation) = (28, 16)
    case .update, .delete: (collection, generation) = (24, 16)
    case .feed: collection = 16
    case .transfer where byte(0) == 4: (collection, generation) = (48, 24)
    case .transfer where byte(0) == 7: (collection, generation) = (540, 536)
    case .snapshot where byte(0) == 4: (collection, generation) = (48, 24)
    case .snapshot where byte(0) == 5: (collection, generation) = (28, 24)
    default: break
    }
  }
}

extension WireError {
  /// The error with the place of the field that it is about, if it has none and is about the collection or the generation
  /// of the request.
  package func placed(in opcode: Opcode, _ body: ArraySlice<UInt8>) -> WireError {
    guard fieldOffset == nil, code == .unknownCollection || code == .unknownGeneration else { return self }
    let places = RequestPlaces(opcode, body)
    var error = self
    error.fieldOffset = (code == .unknownCollection ? places.collection : places.generation).map { UInt32($0) }
    return error
  }

  /// The error as one that asked the shard passes it on: the place is in another body than its own asker's.
  package func relayed(from shard: ShardID) -> WireError {
    var error = self
    error.fieldOffset = nil
    error.shard = error.shard ?? UInt32(shard.rawValue)
    return error
  }

  /// Vectors of another dimension than the collection's.
  package static func dimension(of what: String, _ dimension: Int, at offset: Int) -> WireError {
    WireError(
      .dimensionMismatch, fieldOffset: offset, message: "the \(what) of the collection have dimension \(dimension)")
  }

  /// A column of a table that the collection does not have, or has with another type.
  package static func unknownColumn(_ index: Int, of table: AttributeTable, isThere: Bool) -> WireError {
    WireError(
      .unknownAttribute, fieldOffset: table.offset(ofColumn: index, name: !isThere),
      message: isThere
        ? "the collection has this attribute with another type" : "the collection has no attribute of this name")
  }
}
